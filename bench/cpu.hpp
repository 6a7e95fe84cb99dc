// Processor time, from /proc: of a process, of everything the bench has started, of everybody else.
#pragma once

#include <sys/types.h>

#include <vector>

namespace recado::bench {

/// User and system time of one process in seconds, all threads; 0 when it is gone. In steps of 10 ms.
double cpu_seconds(pid_t process);
double cpu_seconds(const std::vector<pid_t>& processes);
/// Resident memory in MB (10^6 bytes).
double resident_mb(pid_t process);

/// How much of the machine somebody else had while something was measured.
struct Interference {
  double others = 0;  ///< share of all processors used by processes that are not the bench's, 0-1
  double steal = 0;   ///< share of all processors that the hypervisor gave to other machines, 0-1
  double total() const { return others + steal; }
};

/// A row measured above this is marked: its figures say little.
inline constexpr double kBusy = 0.05;

/// From its construction on.
class InterferenceWatch {
 public:
  InterferenceWatch();
  Interference stop() const;

 private:
  struct Sample {
    double total = 0, busy = 0, steal = 0, ours = 0;  ///< seconds since boot, over all processors
  };
  static Sample sample();

  Sample began_;
};

}  // namespace recado::bench
