#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace kpi::sandbox {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// The first that the declared type contains counts: "DATETIME" stands before "DATE".
constexpr std::array sqlite_types{
    Pair{"bigint", "type/BigInteger"},
    Pair{"big int", "type/BigInteger"},
    Pair{"int8", "type/BigInteger"},
    Pair{"interval", "type/Text"},
    Pair{"point", "type/*"},
    Pair{"int", "type/Integer"},
    Pair{"json", "type/JSON"},
    Pair{"uuid", "type/UUID"},
    Pair{"char", "type/Text"},
    Pair{"text", "type/Text"},
    Pair{"clob", "type/Text"},
    Pair{"string", "type/Text"},
    Pair{"blob", "type/*"},
    Pair{"real", "type/Float"},
    Pair{"doub", "type/Float"},
    Pair{"floa", "type/Float"},
    Pair{"numeric", "type/Decimal"},
    Pair{"decimal", "type/Decimal"},
    Pair{"money", "type/Decimal"},
    Pair{"number", "type/Decimal"},
    Pair{"bool", "type/Boolean"},
    Pair{"timestamp", "type/DateTime"},
    Pair{"datetime", "type/DateTime"},
    Pair{"date", "type/Date"},
    Pair{"time", "type/Time"},
};

constexpr std::array postgres_types{
    Pair{"int2", "type/Integer"},
    Pair{"int4", "type/Integer"},
    Pair{"int8", "type/BigInteger"},
    Pair{"oid", "type/Integer"},
    Pair{"numeric", "type/Decimal"},
    Pair{"money", "type/Decimal"},
    Pair{"float4", "type/Float"},
    Pair{"float8", "type/Float"},
    Pair{"text", "type/Text"},
    Pair{"varchar", "type/Text"},
    Pair{"bpchar", "type/Text"},
    Pair{"char", "type/Text"},
    Pair{"name", "type/Text"},
    Pair{"citext", "type/Text"},
    Pair{"bool", "type/Boolean"},
    Pair{"date", "type/Date"},
    Pair{"time", "type/Time"},
    Pair{"timetz", "type/TimeWithLocalTZ"},
    Pair{"timestamp", "type/DateTime"},
    Pair{"timestamptz", "type/DateTimeWithLocalTZ"},
    Pair{"interval", "type/Interval"},
    Pair{"uuid", "type/UUID"},
    Pair{"json", "type/JSON"},
    Pair{"jsonb", "type/JSON"},
    Pair{"xml", "type/XML"},
    Pair{"inet", "type/IPAddress"},
    Pair{"cidr", "type/Text"},
    Pair{"macaddr", "type/Text"},
    Pair{"bit", "type/PostgresBitString"},
    Pair{"varbit", "type/PostgresBitString"},
};

bool digits(std::string_view text, std::size_t from, std::size_t count) {
  if (from + count > text.size()) return false;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                     text.begin() + static_cast<std::ptrdiff_t>(from + count),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool at(std::string_view text, std::size_t place, char c) { return place < text.size() && text[place] == c; }

/// "" -> "Z", "+00" -> "Z", "+05" -> "+05:00", "+05:30" and "+0530" -> "+05:30"; nothing else is a zone.
std::string zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z" || text == "+00" || text == "+00:00" || text == "-00")
    return "Z";
  if ((text[0] != '+' && text[0] != '-') || !digits(text, 1, 2)) return {};
  const auto hours = std::string(text.substr(0, 3));
  if (text.size() == 3) return hours + ":00";
  if (text.size() == 5 && digits(text, 3, 2)) return hours + ':' + std::string(text.substr(3));
  if (text.size() == 6 && text[3] == ':' && digits(text, 4, 2)) return std::string(text);
  return {};
}

}  // namespace

std::string sqlite_base_type(std::string_view declared) {
  const auto name = lower(declared);
  for (const auto& [part, type] : sqlite_types) {
    if (name.find(part) != std::string::npos) return std::string(type);
  }
  return "type/*";
}

std::string postgres_base_type(std::string_view type) {
  if (type.starts_with('_')) return "type/Array";
  for (const auto& [name, base] : postgres_types) {
    if (name == type) return std::string(base);
  }
  return "type/*";
}

bool is_integer(std::string_view base_type) {
  return base_type == "type/Integer" || base_type == "type/BigInteger";
}

bool is_number(std::string_view base_type) {
  return is_integer(base_type) || base_type == "type/Float" || base_type == "type/Decimal" ||
         base_type == "type/Number";
}

bool is_text(std::string_view base_type) { return base_type == "type/Text" || base_type == "type/TextLike"; }

bool has_date(std::string_view base_type) { return base_type.starts_with("type/Date"); }

bool is_temporal(std::string_view base_type) {
  return has_date(base_type) || base_type.starts_with("type/Time");
}

std::string iso_from_database(std::string_view text) {
  if (!digits(text, 0, 4) || !at(text, 4, '-') || !digits(text, 5, 2) || !at(text, 7, '-') ||
      !digits(text, 8, 2))
    return {};
  const std::string date(text.substr(0, 10));
  if (text.size() == 10) return date + "T00:00:00Z";
  if ((text[10] != ' ' && text[10] != 'T') || !digits(text, 11, 2) || !at(text, 13, ':') ||
      !digits(text, 14, 2))
    return {};
  std::string time(text.substr(11, 5));
  std::size_t end = 16;
  if (at(text, 16, ':') && digits(text, 17, 2)) {
    end = 19;
    time += text.substr(16, 3);
    if (at(text, 19, '.') && digits(text, 20, 1)) {
      while (end + 1 < text.size() && digits(text, end + 1, 1)) ++end;
      ++end;
      auto fraction = std::string(text.substr(20, end - 20));
      while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
      while (fraction.size() % 3 != 0) fraction += '0';
      if (!fraction.empty()) time += '.' + fraction;
    }
  } else {
    time += ":00";
  }
  const auto offset = zone(text.substr(end));
  return offset.empty() ? std::string() : date + 'T' + time + offset;
}

}  // namespace kpi::sandbox
