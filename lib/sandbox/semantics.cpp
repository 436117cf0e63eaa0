#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/semantics.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace kpi::sandbox {
namespace {

enum class Where { whole, start, end, anywhere };
enum class Of { any, text, integer, code, floating, number, flag };  // code: whole number or text

struct Pattern {
  Where where;
  std::string_view part;
  Of of;
  std::string_view type;
};

// The first that fits counts.
constexpr std::array patterns{
    Pattern{Where::whole, "id", Of::any, "type/PK"},
    Pattern{Where::whole, "lat", Of::floating, "type/Latitude"},
    Pattern{Where::end, "_lat", Of::floating, "type/Latitude"},
    Pattern{Where::end, "latitude", Of::floating, "type/Latitude"},
    Pattern{Where::whole, "lon", Of::floating, "type/Longitude"},
    Pattern{Where::whole, "lng", Of::floating, "type/Longitude"},
    Pattern{Where::end, "_lon", Of::floating, "type/Longitude"},
    Pattern{Where::end, "_lng", Of::floating, "type/Longitude"},
    Pattern{Where::end, "_long", Of::floating, "type/Longitude"},
    Pattern{Where::end, "longitude", Of::floating, "type/Longitude"},
    Pattern{Where::end, "_type", Of::code, "type/Category"},
    Pattern{Where::end, "_url", Of::text, "type/URL"},
    Pattern{Where::whole, "url", Of::text, "type/URL"},
    Pattern{Where::end, "email", Of::text, "type/Email"},
    Pattern{Where::whole, "active", Of::flag, "type/Category"},
    Pattern{Where::whole, "city", Of::text, "type/City"},
    Pattern{Where::end, "_city", Of::text, "type/City"},
    Pattern{Where::start, "country", Of::text, "type/Country"},
    Pattern{Where::end, "_country", Of::text, "type/Country"},
    Pattern{Where::end, "currency", Of::code, "type/Category"},
    Pattern{Where::whole, "first_name", Of::text, "type/Name"},
    Pattern{Where::whole, "firstname", Of::text, "type/Name"},
    Pattern{Where::whole, "full_name", Of::text, "type/Name"},
    Pattern{Where::whole, "fullname", Of::text, "type/Name"},
    Pattern{Where::whole, "last_name", Of::text, "type/Name"},
    Pattern{Where::whole, "lastname", Of::text, "type/Name"},
    Pattern{Where::whole, "name", Of::text, "type/Name"},
    Pattern{Where::whole, "gender", Of::code, "type/Category"},
    Pattern{Where::whole, "sex", Of::code, "type/Category"},
    Pattern{Where::end, "postal_code", Of::code, "type/ZipCode"},
    Pattern{Where::end, "postalcode", Of::code, "type/ZipCode"},
    Pattern{Where::end, "zip_code", Of::code, "type/ZipCode"},
    Pattern{Where::end, "zipcode", Of::code, "type/ZipCode"},
    Pattern{Where::whole, "role", Of::code, "type/Category"},
    Pattern{Where::whole, "status", Of::code, "type/Category"},
    Pattern{Where::end, "_status", Of::code, "type/Category"},
    Pattern{Where::whole, "type", Of::code, "type/Category"},
    Pattern{Where::anywhere, "discount", Of::number, "type/Discount"},
    Pattern{Where::anywhere, "income", Of::number, "type/Income"},
    Pattern{Where::anywhere, "quantity", Of::integer, "type/Quantity"},
    Pattern{Where::end, "count", Of::integer, "type/Quantity"},
    Pattern{Where::start, "num_", Of::integer, "type/Quantity"},
    Pattern{Where::anywhere, "number", Of::integer, "type/Quantity"},
    Pattern{Where::anywhere, "source", Of::code, "type/Source"},
    Pattern{Where::anywhere, "channel", Of::code, "type/Source"},
    Pattern{Where::anywhere, "share", Of::floating, "type/Share"},
    Pattern{Where::anywhere, "percent", Of::floating, "type/Percentage"},
    Pattern{Where::end, "rate", Of::floating, "type/Percentage"},
    Pattern{Where::anywhere, "margin", Of::number, "type/GrossMargin"},
    Pattern{Where::anywhere, "cost", Of::number, "type/Cost"},
    Pattern{Where::anywhere, "price", Of::number, "type/Price"},
    Pattern{Where::anywhere, "duration", Of::number, "type/Duration"},
    Pattern{Where::anywhere, "author", Of::code, "type/Author"},
    Pattern{Where::anywhere, "creator", Of::code, "type/Author"},
    Pattern{Where::anywhere, "created_by", Of::code, "type/Author"},
    Pattern{Where::anywhere, "createdby", Of::code, "type/Author"},
    Pattern{Where::anywhere, "owner", Of::code, "type/Owner"},
    Pattern{Where::anywhere, "company", Of::code, "type/Company"},
    Pattern{Where::anywhere, "vendor", Of::code, "type/Company"},
    Pattern{Where::anywhere, "subscription", Of::code, "type/Subscription"},
    Pattern{Where::anywhere, "score", Of::number, "type/Score"},
    Pattern{Where::anywhere, "rating", Of::number, "type/Score"},
    Pattern{Where::anywhere, "stars", Of::number, "type/Score"},
    Pattern{Where::anywhere, "description", Of::text, "type/Description"},
    Pattern{Where::anywhere, "title", Of::text, "type/Title"},
    Pattern{Where::anywhere, "comment", Of::text, "type/Comment"},
    Pattern{Where::end, "address", Of::text, "type/Address"},
};

struct Moment {
  std::string_view part;
  std::string_view family;
};
constexpr std::array moments{Moment{"join", "Join"},       Moment{"create", "Creation"},
                             Moment{"start", "Creation"},  Moment{"cancel", "Cancelation"},
                             Moment{"delete", "Deletion"}, Moment{"deleti", "Deletion"},
                             Moment{"update", "Updated"}};

constexpr std::array code_words{"status", "type",  "state",    "code",     "level", "flag",
                                "grade",  "kind",  "category", "role",     "tier",  "stage",
                                "mode",   "class", "method",   "priority", "reason"};

struct Entity {
  std::string_view part;
  std::string_view type;
};
constexpr std::array entities{
    Entity{"user", "entity/UserTable"},
    Entity{"customer", "entity/UserTable"},
    Entity{"employee", "entity/UserTable"},
    Entity{"people", "entity/UserTable"},
    Entity{"member", "entity/UserTable"},
    Entity{"person", "entity/UserTable"},
    Entity{"company", "entity/CompanyTable"},
    Entity{"vendor", "entity/CompanyTable"},
    Entity{"account", "entity/CompanyTable"},
    Entity{"order", "entity/TransactionTable"},
    Entity{"transaction", "entity/TransactionTable"},
    Entity{"invoice", "entity/TransactionTable"},
    Entity{"payment", "entity/TransactionTable"},
    Entity{"sale", "entity/TransactionTable"},
    Entity{"product", "entity/ProductTable"},
    Entity{"subscription", "entity/SubscriptionTable"},
    Entity{"event", "entity/EventTable"},
    Entity{"session", "entity/EventTable"},
};

bool fits(Where where, std::string_view name, std::string_view part) {
  switch (where) {
    case Where::whole:
      return name == part;
    case Where::start:
      return name.starts_with(part);
    case Where::end:
      return name.ends_with(part);
    case Where::anywhere:
      return name.find(part) != std::string_view::npos;
  }
  return false;
}

bool fits(Of of, std::string_view type) {
  switch (of) {
    case Of::any:
      return true;
    case Of::text:
      return is_text(type);
    case Of::integer:
      return is_integer(type);
    case Of::code:
      return is_integer(type) || is_text(type);
    case Of::floating:
      return type == "type/Float" || type == "type/Decimal";
    case Of::number:
      return is_number(type);
    case Of::flag:
      return is_integer(type) || type == "type/Boolean";
  }
  return false;
}

/// The lower-case words of a name: at `_`, blanks, and where lower case turns to upper.
std::vector<std::string> words(std::string_view name) {
  std::vector<std::string> parts{""};
  char before = '_';
  for (const char c : name) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    const bool turn = upper && std::islower(static_cast<unsigned char>(before)) != 0;
    const bool gap = c == '_' || c == ' ' || c == '-';
    if ((turn || gap) && !parts.back().empty()) parts.emplace_back();
    if (!gap) parts.back() += static_cast<char>(upper ? c - 'A' + 'a' : c);
    before = c;
  }
  if (parts.back().empty() && parts.size() > 1) parts.pop_back();
  return parts;
}

}  // namespace

std::string semantic_type(std::string_view name, std::string_view base_type) {
  const auto key = lower(name);
  if (is_temporal(base_type)) {
    const std::string_view form = base_type.starts_with("type/DateTime") ? "Timestamp"
                                  : has_date(base_type)                  ? "Date"
                                                                         : "Time";
    for (const auto& moment : moments) {
      if (key.find(moment.part) != std::string::npos)
        return "type/" + std::string(moment.family) + std::string(form);
    }
    if (form == "Date" && key.find("birth") != std::string::npos) return "type/Birthdate";
    return {};
  }
  for (const auto& pattern : patterns) {
    if (fits(pattern.where, key, pattern.part) && fits(pattern.of, base_type))
      return std::string(pattern.type);
  }
  return {};
}

bool names_a_code(std::string_view name) {
  const auto parts = words(name);
  if (parts.back() == "id") return false;
  return parts.front() == "is" || parts.front() == "has" ||
         std::any_of(code_words.begin(), code_words.end(), [&](const char* word) {
           return std::find(parts.begin(), parts.end(), word) != parts.end();
         });
}

std::string entity_type(std::string_view table) {
  const auto key = lower(table);
  for (const auto& entity : entities) {
    const auto found = key.find(entity.part);
    if (found == std::string::npos) continue;
    const auto rest = key.substr(found + entity.part.size());
    if (rest.empty() || rest == "s") return std::string(entity.type);  // order_item is no order
  }
  return "entity/GenericTable";
}

std::string display_name(std::string_view name) {
  auto parts = words(name);
  for (auto& part : parts) {
    if (part == "id" || part == "url" || part == "ip") {
      for (auto& c : part) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    } else if (!part.empty()) {
      part[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(part[0])));
    }
  }
  return join(parts, " ");
}

}  // namespace kpi::sandbox
