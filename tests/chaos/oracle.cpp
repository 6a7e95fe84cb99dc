#include "chaos/oracle.hpp"

#include <algorithm>
#include <set>

namespace recado::chaos {

namespace {

/// Between an answer on the wire and the time that is noted here lie two threads of a busy machine.
constexpr Nanos kNoting = 400 * kMilli;
/// An outcome is recorded this soon after the answer, when Redis is there.
constexpr Nanos kRecording = 1'000 * kMilli;
/// Slower than this, an answer may have come after the end of an attempt whose name took its time.
constexpr Nanos kSlowAnswer = 100 * kMilli;
/// A send begins at most this long before it arrives.
constexpr Nanos kOnTheWay = 2 * kSecond;

std::string seconds(Nanos span) {
  const auto ms = span / kMilli;
  return std::to_string(ms / 1000) + "." + std::to_string(1000 + std::abs(ms % 1000)).substr(1) + " s";
}

class Judge {
 public:
  explicit Judge(const History& history) : history_(history) {}

  Judgement run() {
    for (const Arrival& arrival : history_.arrivals) {
      if (!history_.messages.contains(arrival.tag)) {
        fault("forged", arrival.tag, "arrived, and nobody registered it: " + arrival.payload.substr(0, 80));
      } else if (arrival.callback) {
        callbacks_[arrival.tag].push_back(&arrival);
      } else {
        arrivals_[arrival.tag].push_back(&arrival);
      }
    }
    for (const auto& [tag, message] : history_.messages) judge_message(message);
    for (const auto& [tag, all] : callbacks_) judge_repeats(history_.messages.at(tag), all);
    return std::move(judgement_);
  }

 private:
  void fault(std::string rule, const std::string& tag, std::string detail) {
    Violation violation{std::move(rule), tag, std::move(detail)};
    judgement_.violations.push_back(std::move(violation));
  }

  void judge_message(const Registered& message) {
    const auto& arrived = arrivals_[message.tag];
    for (const Arrival* arrival : arrived) judge_arrival(message, *arrival);
    judge_repeats(message, arrived);
    judge_fate(message, arrived);
  }

  /// The furthest that the nodes' clock was ahead while this arrival was sent.
  Nanos furthest_shift(Nanos at) const {
    Nanos in_force = 0;
    Nanos furthest = std::numeric_limits<Nanos>::min();
    for (const ClockStep& step : history_.clock) {
      if (step.at > at) break;
      if (step.at > at - kOnTheWay) furthest = std::max(furthest, in_force);
      in_force = step.shift;
    }
    return std::max(furthest, in_force);
  }

  void judge_arrival(const Registered& message, const Arrival& arrival) {
    const std::string when = "attempt " + std::to_string(arrival.attempt);
    if (!arrival.signature_holds) fault("forged", message.tag, when + ": the signature does not verify");
    bool known = false, refused = true;
    Nanos not_before = kNever;
    Nanos replaced = kNever;  // by an acknowledged change to another payload
    for (const Request& request : message.requests) {
      const bool took_place = request.answered == Answered::acknowledged;
      switch (request.kind) {
        case Request::Kind::put_in:
        case Request::Kind::change:
          if (request.payload == arrival.payload) {
            known = true;
            refused = refused && request.answered == Answered::refused;
            if (request.answered != Answered::refused) not_before = std::min(not_before, request.not_before);
            replaced = kNever;
          } else if (took_place && known) {
            replaced = std::min(replaced, request.done);
          }
          break;
        case Request::Kind::send_now:
          if (request.answered != Answered::refused) not_before = std::min(not_before, request.not_before);
          break;
        case Request::Kind::cancel:
          if (took_place && arrival.at > request.done + kNoting) {
            fault("cancelled", message.tag,
                  when + " arrived " + seconds(arrival.at - request.done) + " after the answer to DELETE");
          }
          break;
      }
    }
    if (!known) {
      fault("forged", message.tag, when + ": such a body was never sent: " + arrival.payload.substr(0, 80));
    } else if (refused) {
      fault("refused", message.tag,
            when + " arrived although its registration had been refused: " + message.requests.front().answer);
    } else if (arrival.at > replaced && arrival.at - replaced > kNoting) {
      fault(
          "outdated", message.tag,
          when + " arrived as it was " + seconds(arrival.at - replaced) + " after the answer to its change");
    }
    // Once its time has been there, a clock that is set back changes nothing: its retries wait for their
    // backoff.
    const bool first = begun_.insert(arrival.tag + arrival.payload).second;
    const Nanos by_its_clock = arrival.at + furthest_shift(arrival.at);
    if (first && known && !refused && by_its_clock < not_before) {
      fault("early", message.tag, when + " arrived " + seconds(not_before - by_its_clock) + " early");
    }
  }

  /// Until when the outcome of an attempt that ended at `ended` may not have been in Redis.
  Nanos recorded_by(Nanos ended) const {
    Nanos by = ended + kRecording;
    bool longer = true;
    while (longer) {
      longer = false;
      for (const Trouble& trouble : history_.troubles) {
        if (trouble.kind == Trouble::Kind::redis_emptied || trouble.from > by ||
            trouble.to + kRecording <= by)
          continue;
        // A paused node records when it goes on; a killed one never.
        by = trouble.to + kRecording;
        longer = true;
      }
    }
    return by;
  }

  bool node_lost_between(Nanos from, Nanos to) const {
    return std::any_of(history_.troubles.begin(), history_.troubles.end(), [&](const Trouble& trouble) {
      return trouble.kind == Trouble::Kind::node_lost && trouble.from <= to && trouble.to >= from;
    });
  }

  void judge_repeats(const Registered& message, const std::vector<const Arrival*>& arrived) {
    std::map<std::string, std::vector<const Arrival*>> by_webhook_id;
    std::map<std::string, std::set<std::string>> ids_of_payload;
    for (const Arrival* arrival : arrived) {
      by_webhook_id[arrival->webhook_id].push_back(arrival);
      ids_of_payload[arrival->payload].insert(arrival->webhook_id);
    }
    for (const auto& [payload, ids] : ids_of_payload) {
      // A client that asked again after an unknown outcome may have registered it anew. (A callback's body is
      // composed once, so it is a payload of its own.)
      const auto asked =
          std::count_if(message.requests.begin(), message.requests.end(), [&payload](const Request& request) {
            return request.kind == Request::Kind::put_in && request.payload == payload &&
                   request.answered != Answered::refused;
          });
      if (ids.size() <= static_cast<std::size_t>(std::max<std::ptrdiff_t>(asked, 1))) continue;
      fault("changed id", message.tag, "the same body as " + *ids.begin() + " and as " + *ids.rbegin());
    }
    for (const auto& [webhook_id, all] : by_webhook_id) {
      for (std::size_t i = 1; i < all.size(); ++i) {
        const Arrival& before = *all[i - 1];
        const Arrival& again = *all[i];
        if (!before.success && again.attempt > before.attempt) continue;  // an honest retry
        if (history_.slow_names && again.attempt > before.attempt &&
            before.answered > before.at + kSlowAnswer) {
          continue;
        }
        const Nanos timeout = before.at + message.timeout.count() * kMilli;
        const Nanos ended = std::min(before.answered, timeout);
        if (node_lost_between(before.at - kNoting, std::min(recorded_by(ended), again.at))) {
          ++judgement_.repeated;
          continue;
        }
        fault("repeated", message.tag,
              (before.success ? "answered with success as attempt " : "arrived as attempt ") +
                  std::to_string(before.attempt) + ", again " + seconds(again.at - before.at) +
                  " later as attempt " + std::to_string(again.attempt) + ", and no node was lost in between");
      }
    }
  }

  /// Whether Redis was emptied after `since`, and before `until`.
  bool emptied(Nanos since, Nanos until) const {
    return std::any_of(history_.troubles.begin(), history_.troubles.end(), [&](const Trouble& trouble) {
      return trouble.kind == Trouble::Kind::redis_emptied && trouble.to >= since && trouble.from <= until;
    });
  }

  void judge_fate(const Registered& message, const std::vector<const Arrival*>& arrived) {
    std::set<std::string> may_be_left;  // payloads
    bool may_be_gone = true;
    bool registered = false, uncertain = false;
    Nanos last_word = 0;
    for (const Request& request : message.requests) {
      if (request.answered == Answered::refused) continue;
      const bool sure = request.answered == Answered::acknowledged;
      registered = registered || (sure && request.kind == Request::Kind::put_in);
      uncertain = uncertain || !sure;
      if (sure) last_word = std::max(last_word, request.done);
      if (request.kind == Request::Kind::send_now) continue;
      if (request.kind == Request::Kind::cancel) {
        may_be_gone = true;
        if (sure) may_be_left.clear();
        continue;
      }
      if (sure) {
        may_be_left.clear();
        may_be_gone = false;
      }
      may_be_left.insert(request.payload);
    }
    judgement_.acknowledged += registered ? 1 : 0;
    judgement_.unknown += !registered && uncertain ? 1 : 0;

    const Arrival* success = nullptr;
    for (const Arrival* arrival : arrived) {
      if (arrival->success && may_be_left.contains(arrival->payload)) success = arrival;
    }
    judgement_.delivered += success != nullptr ? 1 : 0;
    const auto known = history_.finals.find(message.id);
    const FinalState final = known == history_.finals.end() ? FinalState{} : known->second;
    if (may_be_gone || emptied(message.requests.front().asked, kNever)) return;
    ++judgement_.required;
    const bool rightly_failed =
        final.status == "failed" &&
        ((message.expires && final.error == "expired") ||
         (message.refused_for_good && (final.error == "status" || final.error == "redirect")));
    if (success == nullptr && !rightly_failed) {
      std::string said = final.status.empty() ? "nothing" : final.status + " " + final.error;
      fault("lost", message.tag,
            "acknowledged, " + std::to_string(arrived.size()) +
                " arrivals, none with success; the API says " + said + "; " +
                message.requests.back().answer.substr(0, 160));
      return;
    }
    // A paused node may take an answer that it did not read in time for none.
    const bool excused = rightly_failed && success != nullptr &&
                         node_lost_between(success->at - kNoting, recorded_by(success->answered));
    if (success != nullptr && success == arrived.back() && final.status != "delivered" && !excused) {
      fault("spoiled", message.tag,
            "the receiver answered its last attempt with success; the API says " +
                (final.status.empty() ? std::string("nothing") : final.status + " " + final.error));
    }
    if (message.wants_callback && callbacks_[message.tag].empty()) {
      fault("no callback", message.tag, "it is " + final.status + ", and its callbackUrl was never told");
    }
  }

  const History& history_;
  std::map<std::string, std::vector<const Arrival*>> arrivals_, callbacks_;
  std::set<std::string> begun_;  ///< versions of messages that have arrived once
  Judgement judgement_;
};

}  // namespace

Judgement judge(const History& history) {
  History ordered = history;
  std::sort(ordered.arrivals.begin(), ordered.arrivals.end(),
            [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  std::sort(ordered.clock.begin(), ordered.clock.end(),
            [](const ClockStep& a, const ClockStep& b) { return a.at < b.at; });
  return Judge(ordered).run();
}

}  // namespace recado::chaos
