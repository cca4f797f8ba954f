// Everything that Carousel offers to a program.
#pragma once

#include "carousel/activations.h"
#include "carousel/data.h"
#include "carousel/error.h"
#include "carousel/forecast.h"
#include "carousel/forecaster.h"
#include "carousel/gradflow.h"
#include "carousel/loss.h"
#include "carousel/model.h"
#include "carousel/optimizer.h"
#include "carousel/session.h"
#include "carousel/spec.h"
#include "carousel/step.h"
#include "carousel/synth.h"
#include "carousel/table.h"
#include "carousel/train.h"
