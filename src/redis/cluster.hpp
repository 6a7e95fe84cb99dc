// A cluster: a connection to each master, the map of slots, and who may be asked for it.
//
// cluster.cpp keeps nodes and map; cluster_calls.cpp sends commands to them and follows redirections.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "redis/backend.hpp"
#include "redis/replica_wait.hpp"
#include "redis/slots.hpp"

namespace recado::redis {

/// Loop thread only.
class Cluster final : public Backend {
 public:
  Cluster(io::Loop& loop, Location location);

  void start() override;
  void shut_down() override;
  io::Task<> join() override;
  ConnectedState& state() noexcept override { return state_; }
  bool partly_connected() const noexcept override;
  const std::string& last_error() const noexcept override { return last_error_; }
  std::vector<std::shared_ptr<Connection>> ready_masters() const override;

  io::Task<Result<Reply>> command(std::vector<std::string> arguments) override;
  io::Task<Result<Reply>> eval(const Script& script, std::vector<std::string> keys,
                               std::vector<std::string> arguments) override;
  io::Task<Result<Reply>> eval_replicated(const Script& script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments, int replicas,
                                          Millis limit) override;
  io::Task<std::vector<Result<Reply>>> pipeline(std::vector<std::vector<std::string>> commands) override;
  io::Task<Result<ScanPage>> scan(std::string cursor, std::string pattern, std::size_t count) override;
  io::Task<Result<void>> probe() override;
  io::Task<Result<std::vector<Warning>>> inspect() override;

 private:
  using Self = std::shared_ptr<Cluster>;

  /// How long a node that only a redirection named is kept.
  static constexpr Millis kNeededFor{30'000};

  struct Node {
    std::string address;
    std::shared_ptr<Connection> connection;
    std::shared_ptr<ReplicaWait> replicas;
    std::string probe_key;       ///< in a slot that it had when this was found
    SteadyPoint needed_until{};  ///< a redirection named it: kept, although the map may not
  };
  using NodePtr = std::shared_ptr<Node>;

  /// One command or script call, as often as it has to be sent. Borrows: who makes it keeps the words.
  struct Request {
    explicit Request(const std::vector<std::string>& words) : arguments(&words) {}
    Request(const Script& s, const std::vector<std::string>& k, const std::vector<std::string>& a)
        : script(&s), keys(&k), arguments(&a) {}
    std::shared_ptr<Waiting> submit(Connection& connection, ScriptForm form) const;

    const Script* script = nullptr;
    const std::vector<std::string>* keys = nullptr;
    const std::vector<std::string>* arguments;
  };
  /// The server that answered, and on which connection.
  struct Served {
    NodePtr node;
    std::uint64_t link = 0;
  };
  /// The cluster as one of its nodes sees it.
  struct View {
    bool sound = false;  ///< it says that the cluster serves
    std::int64_t epoch = 0;
    std::string asked_host;
    std::vector<SlotRange> ranges;
  };

  Self self() { return std::static_pointer_cast<Cluster>(shared_from_this()); }

  // --- nodes and map: cluster.cpp
  static io::Task<> watch(Self self);
  io::Task<> refresh();
  io::Task<Result<View>> look(NodePtr node);
  void apply(const View& view);
  void drop_unneeded(const std::map<std::string, bool>& masters);
  NodePtr node_at(const std::string& host, std::uint16_t port);
  /// Something may have changed: tells who wants to know, and has the map read again.
  void update();
  std::string why_not_whole() const;
  /// Keeps masters_ true after a change of owners_.
  void find_masters();
  /// A key in a slot of that master; empty when it has none.
  const std::string& probe_key_of(Node& node);

  // --- calls: cluster_calls.cpp
  static io::Task<> join_all(Self self);
  static io::Task<Result<Reply>> run_command(Self self, std::vector<std::string> arguments);
  static io::Task<Result<Reply>> run_everywhere(Self self, std::vector<std::string> arguments);
  static io::Task<Result<Reply>> run_eval(Self self, const Script& script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments, Served* served);
  static io::Task<Result<Reply>> run_eval_replicated(Self self, const Script& script,
                                                     std::vector<std::string> keys,
                                                     std::vector<std::string> arguments, int replicas,
                                                     Millis limit);
  static io::Task<std::vector<Result<Reply>>> run_pipeline(Self self,
                                                           std::vector<std::vector<std::string>> commands);
  static io::Task<Result<ScanPage>> run_scan(Self self, std::string cursor, std::string pattern,
                                             std::size_t count);
  static io::Task<Result<void>> run_probe(Self self);
  static io::Task<Result<std::vector<Warning>>> run_inspect(Self self);
  /// Goes where `reply` redirects, and on, until there is a reply that does not.
  static io::Task<Result<Reply>> follow(Self self, Request request, std::uint16_t slot, Result<Reply> reply,
                                        NodePtr from, Served* served);
  /// Null with an Error when the slot's master cannot be sent to.
  NodePtr ready_owner(std::uint16_t slot) const;
  Error unreachable(std::uint16_t slot) const;

  const Location location_;
  const std::shared_ptr<KnownScripts> scripts_ = std::make_shared<KnownScripts>();
  ConnectedState state_;
  io::TaskGroup tasks_;
  io::WakeEvent wake_;                    ///< the map is to be read again
  std::map<std::string, NodePtr> nodes_;  ///< by address
  std::vector<NodePtr> owners_;           ///< by slot; null: none
  std::vector<NodePtr> masters_;          ///< who owns slots, by address
  std::string last_error_ = "not started";
  log::RateLimit views_log_{10'000};
  bool started_ = false;
  bool stopping_ = false;
};

}  // namespace recado::redis
