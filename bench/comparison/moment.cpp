#include "bench/comparison/moment.hpp"

#include <chrono>
#include <cstdio>
#include <limits>

namespace assay {

double moment_of(const std::string& date) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  int used = 0;
  if (std::sscanf(date.c_str(), "%d-%u-%uT%d:%d:%lf%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6) {
    return std::numeric_limits<double>::infinity();
  }
  const std::chrono::year_month_day calendar{std::chrono::year(year), std::chrono::month(month),
                                             std::chrono::day(day)};
  int east_hours = 0;
  int east_minutes = 0;
  const std::string zone = date.substr(static_cast<std::size_t>(used));
  const bool offset = std::sscanf(zone.c_str(), "%3d:%2d", &east_hours, &east_minutes) == 2;
  if (!calendar.ok() || (!offset && !zone.empty() && zone != "Z")) {
    return std::numeric_limits<double>::infinity();
  }
  if (zone.starts_with("-")) east_minutes = -east_minutes;
  const auto days = std::chrono::sys_days(calendar).time_since_epoch().count();
  return (static_cast<double>(days) * 24 + hour - east_hours) * 3600 +
         (minute - east_minutes) * 60.0 + second;
}

}  // namespace assay
