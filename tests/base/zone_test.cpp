#include <date/tz.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/posix_tz.hpp"
#include "base/time.hpp"
#include "base/tzif.hpp"
#include "base/zone_names.hpp"

namespace recado {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

std::string run(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 65536> part;
  while (const auto n = std::fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), n);
  ::pclose(pipe);
  return out;
}

/// Compares with every line of `zdump -v`: the second before and the second of each transition in these
/// years. Returns how many lines were compared.
int compare_with_zdump(const std::string& zones, int from_year, int to_year) {
  static const std::map<std::string, unsigned> kMonths = {{"Jan", 1}, {"Feb", 2},  {"Mar", 3},  {"Apr", 4},
                                                          {"May", 5}, {"Jun", 6},  {"Jul", 7},  {"Aug", 8},
                                                          {"Sep", 9}, {"Oct", 10}, {"Nov", 11}, {"Dec", 12}};
  std::istringstream lines(
      run("zdump -v -c " + std::to_string(from_year) + "," + std::to_string(to_year) + " " + zones));
  std::string line;
  int compared = 0, wrong = 0;
  while (std::getline(lines, line)) {
    char zone[64], month[4];
    int day = 0, hour = 0, minute = 0, second = 0, year = 0;
    const auto gmtoff = line.find("gmtoff=");
    if (gmtoff == std::string::npos || std::sscanf(line.c_str(), "%63s %*3s %3s %d %d:%d:%d %d", zone, month,
                                                   &day, &hour, &minute, &second, &year) != 7) {
      continue;
    }
    const auto date = std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{kMonths.at(month)} /
                                            std::chrono::day{static_cast<unsigned>(day)}};
    const auto t = date + std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second};
    const auto offset = zone_offset(zone, t);
    ++compared;
    if (!offset || offset->count() != std::atol(line.c_str() + gmtoff + 7)) {
      ADD_FAILURE() << line
                    << "\nours: " << (offset ? std::to_string(offset->count()) : offset.error().detail());
      if (++wrong > 20) break;
    }
  }
  return compared;
}

TEST(ZoneOffset, AgreesWithZdumpThrough2100) {
  EXPECT_GT(compare_with_zdump(
                "Europe/Berlin America/New_York Australia/Lord_Howe America/Sao_Paulo Africa/Casablanca "
                "Asia/Gaza Pacific/Apia America/Nuuk America/Godthab Europe/Dublin Antarctica/Troll",
                1970, 2101),
            3000);
}

TEST(ZoneOffset, AgreesWithZdumpInEveryPlaceAroundTheEndOfTheZoneFiles) {
  std::ifstream table("/usr/share/zoneinfo/zone1970.tab");
  std::string line, countries, coordinates, name, zones;
  while (std::getline(table, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream(line) >> countries >> coordinates >> name;
    EXPECT_TRUE(zone_exists(name)) << name;
    zones += " " + name;
  }
  EXPECT_GT(compare_with_zdump(zones, 2035, 2042), 1000);
}

TEST(ZoneOffset, KnowsEveryNameOfTheZoneData) {
  for (const auto& zone : date::get_tzdb().zones) {
    EXPECT_EQ(zone_exists(zone.name()), zone.name() != "localtime") << zone.name();
  }
}

TEST(ZoneOffset, FollowsTheRuleBeyondTheEndOfTheZoneFile) {
  const auto at = [](const char* text) { return parse_time(text, std::nullopt)->at; };
  EXPECT_EQ(*zone_offset("Europe/Berlin", at("2038-07-01T00:00:00Z")), seconds{7200});
  EXPECT_EQ(*zone_offset("Europe/Berlin", at("2038-12-01T00:00:00Z")), seconds{3600});
  EXPECT_EQ(*zone_offset("Europe/Berlin", at("9999-07-01T00:00:00Z")), seconds{7200});
  EXPECT_EQ(*zone_offset("America/Sao_Paulo", at("2099-12-01T00:00:00Z")), seconds{-10'800});
}

TEST(ZoneOffset, AnswersForEveryInstant) {
  for (const char* zone : {"Europe/Berlin", "UTC", "America/Sao_Paulo", "Asia/Tokyo"}) {
    EXPECT_TRUE(zone_offset(zone, from_ms(INT64_MIN)));
    EXPECT_TRUE(zone_offset(zone, from_ms(INT64_MAX)));
  }
}

TEST(ResolveLocal, RefusesLocalTimesFarOutsideTheYears) {
  for (const auto ms : {INT64_MIN, INT64_MAX, std::int64_t{-90'000'000}, std::int64_t{253'402'400'000'000}}) {
    EXPECT_FALSE(resolve_local(std::chrono::local_time<Millis>{Millis{ms}}, "Europe/Berlin")) << ms;
  }
}

sys_seconds utc(int year, unsigned month, unsigned day, int hour = 0) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}} +
         std::chrono::hours{hour};
}

TEST(PosixTz, ReadsEveryFormOfRfc8536) {
  const auto offset = [](const char* text, sys_seconds t) {
    return PosixTz::parse(text)->period_at(t).offset.count();
  };
  EXPECT_EQ(offset("<+03>-3", utc(2050, 1, 1)), 10'800);
  EXPECT_EQ(offset("<-0330>3:30", utc(2050, 1, 1)), -12'600);
  EXPECT_EQ(offset("LMT0:36:32", utc(2050, 1, 1)), -2192);
  EXPECT_EQ(offset("CET-1CEST,M3.5.0,M10.5.0/3", utc(2050, 3, 27, 1)), 7200);
  EXPECT_EQ(offset("CET-1CEST,M3.5.0,M10.5.0/3", utc(2050, 3, 27, 1) - seconds{1}), 3600);
  EXPECT_EQ(offset("CET-1CEST,M3.5.0,M10.5.0/3", utc(2050, 10, 30, 1)), 3600);
  EXPECT_EQ(offset("IST-1GMT0,M10.5.0,M3.5.0/1", utc(2050, 1, 15)), 0);
  EXPECT_EQ(offset("IST-1GMT0,M10.5.0,M3.5.0/1", utc(2050, 7, 15)), 3600);
  // The last Sunday of March minus one hour: Saturday 22:00 local.
  EXPECT_EQ(offset("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", utc(2050, 3, 27, 1)), -3600);
  EXPECT_EQ(offset("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", utc(2050, 3, 27, 1) - seconds{1}), -7200);
  // Thursday of the fourth week plus 50 hours is a Saturday.
  EXPECT_EQ(offset("EET-2EEST,M3.4.4/50,M10.4.4/50", utc(2050, 3, 26, 0)), 10'800);
  EXPECT_EQ(offset("EET-2EEST,M3.4.4/50,M10.4.4/50", utc(2050, 3, 26, 0) - seconds{1}), 7200);
  // J60 is March 1 in every year, 59 is February 29 in leap years.
  EXPECT_EQ(offset("AAA0BBB,J60/0,J300/0", utc(2048, 3, 1)), 3600);
  EXPECT_EQ(offset("AAA0BBB,J60/0,J300/0", utc(2048, 2, 29, 23)), 0);
  EXPECT_EQ(offset("AAA0BBB,J60/0,J300/0", utc(2049, 3, 1)), 3600);
  EXPECT_EQ(offset("AAA0BBB,59/0,300/0", utc(2048, 2, 29)), 3600);
  EXPECT_EQ(offset("AAA0BBB,59/0,300/0", utc(2049, 2, 28, 23)), 0);
  EXPECT_EQ(offset("AAA0BBB,59/0,300/0", utc(2049, 3, 1)), 3600);
}

TEST(PosixTz, KeepsDaylightSavingAllYearAsOnePeriod) {
  // RFC 8536 section 3.3.1's own example.
  const auto tz = PosixTz::parse("XXX3EDT4,0/0,J365/23");
  ASSERT_TRUE(tz);
  for (auto t = utc(2049, 12, 25); t < utc(2051, 1, 10); t += std::chrono::hours{1}) {
    ASSERT_EQ(tz->period_at(t).offset, seconds{-4 * 3600}) << t.time_since_epoch().count();
  }
}

TEST(PosixTz, RefusesMalformedRules) {
  for (const char* text : {"",
                           "CET",
                           "CE-1",
                           "CET-25",
                           "CET-1CEST",
                           "CET-1CEST,",
                           "CET-1CEST,M3.5.0",
                           "CET-1CEST,M3.5.0,",
                           "CET-1CEST,M13.5.0,M10.5.0",
                           "CET-1CEST,M3.6.0,M10.5.0",
                           "CET-1CEST,M3.5.7,M10.5.0",
                           "CET-1CEST,J0,J300",
                           "CET-1CEST,J366,J300",
                           "CET-1CEST,366,300",
                           "CET-1CEST,M3.5.0/168,M10.5.0",
                           "CET-1CEST,M3.5.0,M10.5.0x",
                           "<+03-3",
                           "<>-3",
                           ":Europe/Berlin",
                           "CET-1:60",
                           "CET-1:"}) {
    EXPECT_FALSE(PosixTz::parse(text)) << text;
  }
}

TEST(PosixTz, PeriodsFollowEachOtherWithoutGapOrOverlap) {
  for (const char* text :
       {"CET-1CEST,M3.5.0,M10.5.0/3", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "IST-1GMT0,M10.5.0,M3.5.0/1",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "AAA0BBB,J1/-167,J300/167"}) {
    const auto tz = PosixTz::parse(text);
    ASSERT_TRUE(tz) << text;
    auto period = tz->period_at(utc(2040, 1, 1));
    for (int i = 0; i < 100 && period.end < utc(2100, 1, 1); ++i) {
      const auto next = tz->period_at(period.end);
      ASSERT_EQ(next.begin, period.end) << text;
      ASSERT_NE(next.offset, period.offset) << text;
      ASSERT_EQ(tz->period_at(period.end - seconds{1}).begin, period.begin) << text;
      period = next;
    }
  }
}

TEST(Tzif, RefusesWhatIsCutOffOrNoZoneFile) {
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto tail = read_tzif_tail(whole);
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->footer, "CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(tail->last_transition);
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(read_tzif_tail(std::string_view(whole).substr(0, n))) << n;
  for (std::size_t n = 0; n < 200; ++n) {
    auto broken = whole;
    broken[n] = static_cast<char>(0xFF);
    (void)read_tzif_tail(broken);
  }
  EXPECT_FALSE(read_tzif_tail("# version 2026a\n"));
}

TEST(ZoneDataVersion, IsTheOneOfThePackage) {
  const auto version = zone_data_version();
  EXPECT_TRUE(version.size() >= 5 && version.starts_with("20")) << version;
}

class MachineZone : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/recado-zone-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    directory_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string choose(const char* tz, const std::string& file, const std::string& link) {
    std::ofstream(directory_ + "/timezone") << file;
    std::filesystem::remove(directory_ + "/localtime");
    std::filesystem::create_symlink(link, directory_ + "/localtime");
    return choose_machine_zone(tz, directory_ + "/timezone", directory_ + "/localtime");
  }

  std::string directory_;
};

TEST_F(MachineZone, IsToldByTheFirstSourceThatIsSet) {
  const std::string tokyo = "/usr/share/zoneinfo/Asia/Tokyo";
  EXPECT_EQ(choose("America/Sao_Paulo", "Europe/Berlin\n", tokyo), "America/Sao_Paulo");
  EXPECT_EQ(choose(":America/Sao_Paulo", "Europe/Berlin\n", tokyo), "America/Sao_Paulo");
  EXPECT_EQ(choose(":/usr/share/zoneinfo/America/Sao_Paulo", "Europe/Berlin\n", tokyo), "America/Sao_Paulo");
  EXPECT_EQ(choose("", "Europe/Berlin\n", tokyo), "Europe/Berlin");
  EXPECT_EQ(choose(nullptr, "Europe/Berlin\n", tokyo), "Europe/Berlin");
  EXPECT_EQ(choose(nullptr, "", tokyo), "Asia/Tokyo");
  EXPECT_EQ(choose(nullptr, "nonsense", "../usr/share/zoneinfo/Asia/Tokyo"), "Asia/Tokyo");
}

TEST_F(MachineZone, IsUtcWhenNoneCanBeTold) {
  EXPECT_EQ(choose("BRT3", "Europe/Berlin\n", "/usr/share/zoneinfo/Asia/Tokyo"), "UTC");
  EXPECT_EQ(choose(nullptr, "", "/etc/hostname"), "UTC");
  EXPECT_EQ(choose_machine_zone(nullptr, "/nonexistent", "/nonexistent"), "UTC");
}

TEST_F(MachineZone, IsAZoneThatExists) {
  EXPECT_TRUE(zone_exists(machine_zone()));
}

TEST(SystemClock, ReadsWallTimeRoundedDownAndABootTimeThatGoesOn) {
  const SystemClock clock;
  const auto before = clock.now_ns();
  const auto now = clock.now();
  const auto after = clock.now_ns();
  EXPECT_GE(to_ms(now), before / 1'000'000);
  EXPECT_LE(to_ms(now), after / 1'000'000);
  const auto first = clock.steady();
  EXPECT_GE(clock.steady(), first);
}

TEST(ManualClock, StandsStillUntilToldOtherwise) {
  ManualClock clock(from_ms(1000));
  const auto start = clock.steady();
  clock.advance(Millis{250});
  EXPECT_EQ(clock.now(), from_ms(1250));
  EXPECT_EQ(clock.steady() - start, Millis{250});
  clock.step_wall(Millis{-500});
  EXPECT_EQ(clock.now(), from_ms(750));
  EXPECT_EQ(clock.steady() - start, Millis{250});
}

}  // namespace
}  // namespace recado
