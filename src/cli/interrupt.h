// Interrupt: Ctrl-C and SIGTERM ask a training run to stop at the next step; a second Ctrl-C ends the
// program.
#pragma once

namespace carousel::cli {

/// While it lives, the signals go to `trainer`. One at a time.
class Interrupt {
 public:
  template <class Trainer>
  explicit Interrupt(Trainer& trainer)
      : Interrupt(&trainer, [](void* it) { static_cast<Trainer*>(it)->request_stop(); }) {}
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// 0 when none came, otherwise the program's exit status: 130 after Ctrl-C, 75 after SIGTERM.
  int status() const;

 private:
  Interrupt(void* trainer, void (*stop)(void*));
};

}  // namespace carousel::cli
