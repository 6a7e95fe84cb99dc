// The oracle: compares what was acknowledged with what arrived. Pure.
//
//   lost        acknowledged, not cancelled, and neither arrived nor failed for a reason of its receiver's
//   early       arrived before its time, by the node's clock
//   repeated    arrived again although the receiver had answered, or the same attempt twice, and no node was
//               lost (killed, paused, cut off) between the arrival and the recording of its outcome
//   changed id  a repeat or a retry under another webhook-id
//   cancelled   arrived after a 200 to DELETE
//   outdated    arrived as it was before an acknowledged change
//   refused     arrived although the registration had surely been refused
//   forged      a body, message or signature that is not what was registered
//   spoiled     the API's final word disagrees with what the receiver saw
//   no callback its outcome was to be told and was not
#pragma once

#include <string>
#include <vector>

#include "chaos/ledger.hpp"

namespace recado::chaos {

struct Violation {
  std::string rule;  ///< a word of the list above
  std::string tag;
  std::string detail;
};

struct Judgement {
  std::vector<Violation> violations;
  std::size_t acknowledged = 0;  ///< messages whose registration was acknowledged
  std::size_t unknown = 0;       ///< may exist
  std::size_t required = 0;      ///< had to arrive or fail rightly
  std::size_t delivered = 0;     ///< of all, arrived with success
  std::size_t repeated = 0;      ///< arrivals again, explained by a lost node
};

Judgement judge(const History& history);

}  // namespace recado::chaos
