// The corpus as files and back: fuzz_pack unpack FOLDER writes a file an input of tests/fuzz/corpus.txt;
// fuzz_pack pack FOLDER prints a new corpus.txt of FOLDER's files.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <fuzz/corpus.hpp>

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  const std::string verb = argc == 3 ? argv[1] : "";
  if (verb == "unpack") {
    std::error_code failure;
    fs::create_directories(argv[2], failure);
    std::size_t number = 0;
    for (const std::string& input : kpi::fuzz::corpus())
      std::ofstream(fs::path(argv[2]) / std::to_string(number++), std::ios::binary) << input;
    return number == 0 ? 1 : 0;
  }
  if (verb == "pack") {
    std::vector<std::string> lines;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(argv[2], failure)) {
      if (const auto bytes = kpi::read_file(entry.path())) lines.push_back(kpi::fuzz::escaped(*bytes));
    }
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) std::printf("%s\n", line.c_str());
    return lines.empty() ? 1 : 0;
  }
  std::fputs("use: fuzz_pack unpack FOLDER | fuzz_pack pack FOLDER > corpus.txt\n", stderr);
  return 2;
}
