// Where parts are made: factories, their machines, and what the machines report.
#include <kpi/shop/areas.hpp>
#include <kpi/shop/names.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::array factory_columns{
    key("factory_id"),
    to("partner_id", "TB_PARTNER"),
    text("factory_name"),
    text("address", "Street and number"),
    text("region", "north / east / south / west / overseas"),
    integer("floor_area_m2", "Square metres"),
    integer("employee_count"),
    flag("is_active", "In operation"),
    day("opened_on"),
};
constexpr std::array equipment_columns{
    key("equipment_id"),
    to("factory_id", "TB_FACTORY"),
    text("equipment_type", "mill / lathe / press / laser / printer / molder"),
    text("model_name"),
    text("status", "running / idle / maintenance / retired"),
    money("hourly_rate", "Price of an hour on the machine, in cents"),
    flag("is_connected", "Reports its use every working day"),
    day("purchased_on"),
    day("retired_on", "Set exactly for status retired").or_null(),
};
constexpr std::array usage_columns{
    key("usage_id"),
    to_undeclared("equipment_id", "TB_EQUIPMENT"),
    day("usage_date", "Working day"),
    integer("running_minutes", "Of a day of 960 minutes"),
    integer("idle_minutes"),
    integer("down_minutes", "Broken or in maintenance"),
    integer("produced_count", "Parts made, defects included"),
    integer("defect_count"),
};
constexpr std::array maintenance_columns{
    key("maintenance_id"),
    to("equipment_id", "TB_EQUIPMENT"),
    text("kind", "planned / breakdown / inspection"),
    money("cost_amount", "In cents; empty until completed").or_null(),
    moment("started_at"),
    moment("completed_at", "Empty while the work goes on").or_null(),
};
constexpr std::array tables{
    Table{"TB_FACTORY", category::factories, "Factories of partners", factory_columns},
    Table{"TB_EQUIPMENT", category::factories, "Machines in the factories", equipment_columns},
    Table{"TB_EQUIPMENT_USAGE_LOG", category::factories, "What connected machines did, one row a working day",
          usage_columns},
    Table{"TB_EQUIPMENT_MAINTENANCE", category::factories, "Repairs and inspections of machines",
          maintenance_columns},
};

constexpr std::int64_t day_minutes = 960;

struct Machine {
  Id id;
  Day purchased;
  std::optional<Day> retired;
};

struct Writer {
  const Calendar& calendar;
  RowSink& rows;
  Random random{"factories"};
  Id factories = 0, machines = 0, usages = 0, maintenances = 0;

  void put_usage(const Machine& machine) {
    const auto load = random.between(480, 780);
    const auto parts_an_hour = random.between(2, 60);
    // The log of a day is written when it is over: none yet for the last one.
    for (Day day = std::max(calendar.first(), machine.purchased); day < calendar.last();
         day += std::chrono::days{1}) {
      const auto weekday = std::chrono::weekday(day).c_encoding();
      if (weekday == 0 || weekday == 6 || (machine.retired && day >= *machine.retired)) continue;
      const auto down = random.chance(60) ? random.between(30, 420) : 0;
      const auto grown = load + 120 * (day - calendar.first()).count() / 730;
      const auto running = std::min((day_minutes - down) * 95 / 100, grown * random.between(75, 115) / 100);
      const auto produced = running * parts_an_hour / 60;
      const auto defects = produced * random.skewed(70) / 1000;
      rows.put(tables[2],
               {++usages, machine.id, day, running, day_minutes - down - running, down, produced, defects});
    }
  }

  /// Maintenance of `machine`; true if some is going on at the end.
  bool put_maintenance(const Machine& machine) {
    static constexpr std::array<std::string_view, 3> kinds{"planned", "breakdown", "inspection"};
    static constexpr std::array<int, 3> kind_weights{45, 30, 25};
    bool open = false;
    auto next = std::max(calendar.first(), machine.purchased) + random.span(24h, 24h * 80);
    while (next < calendar.end() && (!machine.retired || next < Moment{*machine.retired} - 24h * 6)) {
      const auto kind = kinds[random.weighted(kind_weights)];
      const auto completed = calendar.past(next + random.span(1h, kind == "breakdown" ? 24h * 5 : 24h));
      const auto cost =
          (kind == "breakdown" ? 18'000 : 5000) + 1000 * random.skewed(kind == "breakdown" ? 900 : 300);
      rows.put(tables[3], {++maintenances, machine.id, kind, completed ? Value(cost) : Value(std::nullopt),
                           next, completed});
      open = !completed;
      next += random.span(24h * 25, 24h * 110);
    }
    return open;
  }

  void put_machine(Day factory_opened) {
    static constexpr std::array<std::string_view, 6> types{"mill",  "lathe",   "press",
                                                           "laser", "printer", "molder"};
    Machine machine{.id = ++machines, .purchased = factory_opened, .retired = std::nullopt};
    machine.purchased += std::chrono::days{random.below(400)};
    if (machine.purchased >= calendar.last()) machine.purchased = factory_opened;
    if (random.chance(70)) {
      const auto retired =
          std::max(calendar.first(), machine.purchased) + std::chrono::days{random.between(90, 1200)};
      if (retired < calendar.last()) machine.retired = retired;
    }
    const bool connected = random.chance(170);
    const bool repaired = put_maintenance(machine);
    if (connected) put_usage(machine);
    const bool running = random.chance(760);
    const char* status = machine.retired ? "retired"
                         : repaired      ? "maintenance"
                         : running       ? "running"
                                         : "idle";
    const auto type = random.pick(types);
    const std::string model =
        fmt::format("{}-{}", static_cast<char>('A' + random.below(26)), 100 + machine.id % 40 * 10);
    rows.put(tables[1], {machine.id, factories, type, model, status, 2500 + 100 * random.skewed(180),
                         connected, machine.purchased, machine.retired});
  }

  void put_factory(const Partner& partner) {
    const Day opened = day_of(partner.joined) - std::chrono::days{random.between(30, 4000)};
    const std::string name = fmt::format("{} Works", company_name(random));
    const std::string street = street_address(random);
    rows.put(tables[0], {++factories, partner.id, name, street, region(random), 200 + 10 * random.skewed(900),
                         3 + random.skewed(180), !partner.left, opened});
    for (auto left = random.between(2, 6); left > 0; --left) put_machine(opened);
  }
};

void fill(World& world, RowSink& rows) {
  Writer writer{world.calendar, rows};
  for (const Partner& partner : world.partners) {
    if (!partner.approved) continue;
    for (auto left = writer.random.chance(150) ? 2 : 1; left > 0; --left) {
      if (writer.random.chance(850) || partner.id <= 3) writer.put_factory(partner);
    }
  }
}

}  // namespace

Area factories_area() { return {tables, fill}; }

}  // namespace kpi::shop
