// Whether a sanitizer is compiled in, which puts calls and memory of its own everywhere.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAROUSEL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAROUSEL_SANITIZED 1
#endif
#endif
