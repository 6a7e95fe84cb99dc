#include "base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace recado {
namespace {

using testing::HasSubstr;

TEST(Metrics, WritesFamiliesInNameOrder) {
  Metrics metrics;
  metrics.gauge("recado_waiting", "Messages that wait.").set(2.5);
  Counter& delivered =
      metrics.counter("recado_attempts_total", "Attempts, by outcome.", {{"outcome", "delivered"}});
  Counter& failed =
      metrics.counter("recado_attempts_total", "Attempts, by outcome.", {{"outcome", "failed"}});
  delivered.add();
  delivered.add(2);
  failed.add();
  double age = 1;
  metrics.gauge("recado_age_seconds", "Read when asked.", [&age] { return age; });
  age = 7;
  EXPECT_EQ(metrics.text(),
            "# HELP recado_age_seconds Read when asked.\n"
            "# TYPE recado_age_seconds gauge\n"
            "recado_age_seconds 7\n"
            "# HELP recado_attempts_total Attempts, by outcome.\n"
            "# TYPE recado_attempts_total counter\n"
            "recado_attempts_total{outcome=\"delivered\"} 3\n"
            "recado_attempts_total{outcome=\"failed\"} 1\n"
            "# HELP recado_waiting Messages that wait.\n"
            "# TYPE recado_waiting gauge\n"
            "recado_waiting 2.5\n");
}

TEST(Metrics, CumulatesHistogramBuckets) {
  Metrics metrics;
  Histogram& lateness =
      metrics.histogram("recado_lateness_seconds", "Late by.", {0.001, 0.01, 1}, {{"queue", "default"}});
  for (const double v : {0.0, 0.001, 0.002, 0.5, 1.0, 30.0}) lateness.observe(v);
  lateness.observe(std::nan(""));
  EXPECT_EQ(metrics.text(),
            "# HELP recado_lateness_seconds Late by.\n"
            "# TYPE recado_lateness_seconds histogram\n"
            "recado_lateness_seconds_bucket{queue=\"default\",le=\"0.001\"} 2\n"
            "recado_lateness_seconds_bucket{queue=\"default\",le=\"0.01\"} 3\n"
            "recado_lateness_seconds_bucket{queue=\"default\",le=\"1\"} 5\n"
            "recado_lateness_seconds_bucket{queue=\"default\",le=\"+Inf\"} 6\n"
            "recado_lateness_seconds_sum{queue=\"default\"} 31.503\n"
            "recado_lateness_seconds_count{queue=\"default\"} 6\n");
}

TEST(Metrics, EscapesHelpAndLabelValues) {
  Metrics metrics;
  metrics.counter("recado_x_total", "a \"b\" \\ c\nd", {{"origin", "http://\"x\"\\\n"}});
  EXPECT_THAT(metrics.text(), HasSubstr("# HELP recado_x_total a \"b\" \\\\ c\\nd\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("recado_x_total{origin=\"http://\\\"x\\\"\\\\\\n\"} 0\n"));
}

TEST(Metrics, WritesValuesThatAreNoNumbers) {
  Metrics metrics;
  metrics.gauge("recado_a", "a").set(std::nan(""));
  metrics.gauge("recado_b", "b").set(HUGE_VAL);
  metrics.gauge("recado_c", "c").set(-HUGE_VAL);
  EXPECT_THAT(metrics.text(), HasSubstr("recado_a NaN\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("recado_b +Inf\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("recado_c -Inf\n"));
}

TEST(Metrics, KeepsReferencesValidAndReturnsWhatExists) {
  Metrics metrics;
  Counter& first = metrics.counter("recado_n_total", "n", {{"i", "0"}});
  for (int i = 1; i < 1000; ++i) metrics.counter("recado_n_total", "n", {{"i", std::to_string(i)}});
  first.add(5);
  EXPECT_EQ(&metrics.counter("recado_n_total", "n", {{"i", "0"}}), &first);
  EXPECT_THAT(metrics.text(), HasSubstr("recado_n_total{i=\"0\"} 5\n"));
  Histogram& h = metrics.histogram("recado_h", "h", {1, 2});
  EXPECT_EQ(&metrics.histogram("recado_h", "h", {1, 2}), &h);
}

TEST(Metrics, ThrowsOnWhatTheProgramGotWrong) {
  Metrics metrics;
  metrics.counter("recado_a", "a");
  EXPECT_THROW(metrics.gauge("recado_a", "a"), std::logic_error);
  EXPECT_THROW(metrics.counter("recado-b", "b"), std::logic_error);
  EXPECT_THROW(metrics.counter("1", "b"), std::logic_error);
  EXPECT_THROW(metrics.counter("recado_c", "c", {{"le", "x"}}), std::logic_error);
  EXPECT_THROW(metrics.counter("recado_c", "c", {{"a:b", "x"}}), std::logic_error);
  EXPECT_THROW(metrics.histogram("recado_d", "d", {2, 1}), std::logic_error);
  EXPECT_THROW(metrics.histogram("recado_d", "d", {1, HUGE_VAL}), std::logic_error);
}

}  // namespace
}  // namespace recado
