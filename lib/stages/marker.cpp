#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/marker.hpp>

#include <algorithm>

namespace kpi::stages {
namespace {

constexpr std::string_view prefix = "kpi:";
constexpr std::string_view score_prefix = "Score: ";
constexpr std::size_t id_length = 16;
constexpr std::size_t hash_length = 12;

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

constexpr std::string_view retired_line = "Archived by kpi: its report no longer has it.";

std::optional<Marker> marker_in_line(std::string_view line) {
  if (line.substr(0, prefix.size()) != prefix) return std::nullopt;
  const auto parts = split(line, ':');
  if (parts.size() != 4 || parts[1].empty() || !is_hex(parts[2], id_length) ||
      !is_hex(parts[3], hash_length)) {
    return std::nullopt;
  }
  return Marker{parts[1], parts[2], parts[3]};
}

}  // namespace

std::string to_string(const Marker& marker) {
  return std::string(prefix) + marker.tenant + ":" + marker.kpi_id + ":" + marker.hash;
}

bool is_marker_id(std::string_view id) { return is_hex(id, id_length); }

std::optional<Marker> marker_of(std::string_view description) {
  std::optional<Marker> found;
  for (const auto& line : split(description, '\n')) {
    if (auto marker = marker_in_line(trim(line))) found = std::move(marker);
  }
  return found;
}

std::string retired(const std::string& description) { return std::string(retired_line) + "\n" + description; }

bool is_retired(std::string_view description) {
  const auto lines = split(description, '\n');
  return std::any_of(lines.begin(), lines.end(), [](const auto& line) { return trim(line) == retired_line; });
}

std::string readable_part(std::string_view description) {
  std::string kept;
  for (const auto& line : split(description, '\n')) {
    const auto text = trim(line);
    if (text.substr(0, score_prefix.size()) == score_prefix || text == retired_line || marker_in_line(text))
      continue;
    kept += std::string(text) + "\n";
  }
  return std::string(trim(kept));
}

std::string content_hash(const metabase::Card& card, std::string_view collection_path) {
  constexpr char separator = '\x1F';
  const std::string description = readable_part(card.description);
  std::string text;
  for (const std::string_view part : {std::string_view(card.name), std::string_view(description),
                                      trim(card.sql), std::string_view(card.display), collection_path}) {
    text.append(part).push_back(separator);
  }
  return sha256_hex(text).substr(0, hash_length);
}

}  // namespace kpi::stages
