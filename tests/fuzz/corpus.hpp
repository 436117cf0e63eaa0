#pragma once

#include "support/paths.hpp"

#include <kpi/base/file.hpp>
#include <kpi/base/text.hpp>

#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// What the fuzzer found worth keeping, in one file: a line an input, with \n, \\ and \xHH for the bytes that
// are no printable ASCII.
namespace kpi::fuzz {

inline std::string escaped(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string line;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      line += "\\\\";
    } else if (c == '\n') {
      line += "\\n";
    } else if (byte >= 0x20 && byte < 0x7F) {
      line += c;
    } else {
      line += "\\x";
      line += digits[byte >> 4U];
      line += digits[byte & 0xFU];
    }
  }
  return line;
}

inline std::string unescaped(std::string_view line) {
  std::string bytes;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      bytes += line[i];
    } else if (line[++i] == 'x' && i + 2 < line.size()) {
      unsigned value = 0;
      std::from_chars(line.data() + i + 1, line.data() + i + 3, value, 16);
      bytes += static_cast<char>(value);
      i += 2;
    } else {
      bytes += line[i] == 'n' ? '\n' : line[i];
    }
  }
  return bytes;
}

/// The inputs of tests/fuzz/corpus.txt; none if it cannot be read.
inline std::vector<std::string> corpus() {
  std::vector<std::string> inputs;
  const auto text = read_file(std::filesystem::path(kpi::test::source_dir) / "tests" / "fuzz" / "corpus.txt");
  if (!text) return inputs;
  for (const std::string& line : split(*text, '\n')) inputs.push_back(unescaped(line));
  if (!inputs.empty()) inputs.pop_back();
  return inputs;
}

}  // namespace kpi::fuzz
