#include <kpi/base/json_stream.hpp>
#include <kpi/base/text.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

using namespace kpi;

namespace {

/// `text` in pieces of `size` bytes.
std::deque<std::string> cut(std::string_view text, std::size_t size) {
  std::deque<std::string> pieces;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
    pieces.emplace_back(text.substr(0, size));
  return pieces;
}

std::string error_of(std::string_view text, std::size_t size = 1000) {
  auto pieces = cut(text, size);
  auto read = read_json(source_of(pieces), "x.json", {});
  return read ? "" : read.error().line();
}

const std::string shop = R"({"name":"shop","databases":[
  {"id":1,"tables":[{"name":"상품","fields":[1,2,3]},{"name":"b","deep":{"tables":[{"name":"not one"}]}}],"engine":"sqlite"},
  {"id":2,"tables":[],"more":[{"x":null}]},
  {"id":3,"tables":[7,{"name":"c"}]}]})";

}  // namespace

TEST_CASE("base::read_json: hands parts over with their places and gives back the rest, however it is cut") {
  for (const std::size_t size : {1, 2, 3, 7, 1000}) {
    CAPTURE(size);
    std::vector<std::string> seen;
    auto pieces = cut(shop, size);
    const std::vector<JsonPart> parts{
        {{"databases", "*", "tables", "*"}, [&](const std::vector<std::size_t>& places, const Json& part) {
           seen.push_back(std::to_string(places.at(0)) + "." + std::to_string(places.at(1)) + " " +
                          dump_json(part));
         }}};
    const auto rest = read_json(source_of(pieces), "x.json", parts);
    REQUIRE(rest);
    CHECK(seen == std::vector<std::string>{R"(0.0 {"name":"상품","fields":[1,2,3]})",
                                           R"(0.1 {"name":"b","deep":{"tables":[{"name":"not one"}]}})",
                                           R"(2.1 {"name":"c"})"});
    CHECK(
        dump_json(*rest) ==
        R"({"name":"shop","databases":[{"id":1,"tables":[],"engine":"sqlite"},{"id":2,"tables":[],"more":[{"x":null}]},{"id":3,"tables":[7]}]})");
  }
}

TEST_CASE("base::read_json: a member called \"*\" is no item of a list") {
  const std::string text =
      R"({"*":{"tables":[{"a":1}]},"databases":{"*":{"tables":{"*":{"b":2}}}},"kpis":{"*":{}}})";
  std::size_t taken = 0;
  const auto count = [&taken](const std::vector<std::size_t>&, const Json&) { ++taken; };
  const auto rest = read_json(
      source_of(text), "x.json",
      {{{"databases", "*", "tables", "*"}, count}, {{"kpis", "*"}, count}, {{"*", "tables", "*"}, count}});
  REQUIRE(rest);
  CHECK(taken == 0);
  CHECK(dump_json(*rest) == text);
}

TEST_CASE("base::read_json: gives a piece up before it asks for the next") {
  std::size_t asked = 0;
  std::size_t handed = 0;
  const TextSource source = [&]() -> std::string {
    ++asked;
    if (asked == 1) return R"({"tables":[)";
    if (asked <= 100) return std::string(asked > 2 ? "," : "") + R"({"n":)" + std::to_string(asked) + "}";
    return asked == 101 ? "]}" : "";
  };
  const std::vector<JsonPart> parts{{{"tables", "*"}, [&](const std::vector<std::size_t>&, const Json&) {
                                       ++handed;
                                       CHECK(asked <= handed + 2);  // never far ahead of what was handed over
                                     }}};
  REQUIRE(read_json(source, "x.json", parts));
  CHECK(handed == 99);
}

TEST_CASE("base::read_json: keeps only the members that are asked for") {
  const auto rest = read_json(source_of(R"({"a":{"b":1,"c":{"a":[{"d":1}]}},"c":[[[]],{"a":2}],"a2":"x"})"),
                              "x", {}, {"a", "b"});
  REQUIRE(rest);
  CHECK(dump_json(*rest) == R"({"a":{"b":1}})");
}

TEST_CASE("base::read_json: says where a text is broken, however it is cut") {
  struct Case {
    const char* text;
    const char* place;
  };
  static constexpr std::array cases{
      Case{"", "line 1, column 1: the text ends too early"},
      Case{"{\"a\":1,\n\n  \"b\":tru }", "line 3, column 10: invalid value"},
      Case{"{\"a\":\"\n\"}", "line 1, column 7: line end, control character"},
      Case{"[1,2", "line 1, column 5: the text ends too early"},
      Case{"{} x", "line 1, column 4: the document root must not be followed"},
      Case{"\xEF\xBB\xBF{\"a\":}", "line 1, column 9: invalid value"},
      Case{"[\"\xFF\"]", "line 1, column 3: invalid encoding in string"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    for (const std::size_t size : {1, 4, 1000}) {
      const auto error = error_of(c.text, size);
      CAPTURE(error);
      CHECK(error.starts_with("x.json: not valid JSON at " + std::string(c.place)));
    }
  }
  CHECK(error_of(std::string(100'000, '[')).find("nested deeper than 200 levels") != std::string::npos);
  CHECK(error_of("[1]").empty());
  using namespace std::string_view_literals;
  CHECK(error_of("[1]\0"sv).find("must not be followed by other values") != std::string::npos);
  CHECK(error_of("[\0]"sv).find("line 1, column 2: invalid value") != std::string::npos);
  CHECK(error_of(R"(["\ud83d"])").find("surrogate") != std::string::npos);
}

TEST_CASE("base::read_json: mends ill-formed UTF-8 where it may, also between two pieces") {
  for (const std::size_t size : {1, 2, 3, 5, 100}) {
    auto pieces = cut("[\"a\xFFz\",\"\xEC\x83\x81\xED\x92\x88\",\"\xEC\x83\"]", size);
    const auto read = read_json(source_of(pieces), "x", {}, {}, Utf8::repair);
    REQUIRE(read);
    CHECK((*read)[0] == "a\uFFFDz");
    CHECK((*read)[1] == "상품");
  }
}

TEST_CASE("base::JsonWriter: writes what dump_json would, piece by piece") {
  std::string written;
  JsonWriter out([&](std::string_view piece) {
    written += piece;
    return true;
  });
  const Json inner{
      {"a", 1}, {"text", "line\nbreak \"quoted\""}, {"list", {1, 2.5, nullptr}}, {"none", Json::object()}};
  Json whole = Json::object();
  whole["name"] = "x";
  whole["empty"] = Json::array();
  whole["items"] = {inner, inner};
  out.begin_object().member("name", "x").key("empty").begin_list().end();
  out.key("items").begin_list().value(inner).value(inner).end();
  out.end();
  CHECK(out.finish());
  CHECK(written == dump_json(whole, 2) + "\n");
}

TEST_CASE("base::read_json: keeps numbers as they are written") {
  const std::string text =
      "[0,-1,9223372036854775807,-9223372036854775808,18446744073709551615,1.5,0.1,1e+300,5e-324,"
      "123456789012.25]";
  const auto read = read_json(source_of(text), "x", {});
  REQUIRE(read);
  CHECK(dump_json(*read) == text);
  CHECK((*read)[0].is_number_integer());
  CHECK((*read)[5].is_number_float());
  CHECK(error_of("[1e999]").find("too big") != std::string::npos);
  CHECK(error_of("[01]").find("invalid") == std::string::npos);
  CHECK_FALSE(error_of("[01]").empty());
}

TEST_CASE("base::JsonWriter: writes items made on several threads in their order") {
  std::string written;
  JsonWriter out([&](std::string_view piece) {
    written += piece;
    return true;
  });
  Json whole = Json::array();
  const auto item = [](std::size_t i) { return Json{{"item", i}, {"list", {i, i + 1}}}; };
  for (std::size_t i = 0; i < 1000; ++i) whole.push_back(item(i));
  out.begin_list().values(1000, item).end();
  CHECK(out.finish());
  CHECK(written == dump_json(whole, 2) + "\n");
}

TEST_CASE("base::JsonWriter: gives long documents out in pieces and stops where nobody reads") {
  std::size_t longest = 0;
  std::size_t pieces = 0;
  JsonWriter out([&](std::string_view piece) {
    longest = std::max(longest, piece.size());
    return ++pieces < 3;
  });
  out.begin_list();
  for (int i = 0; i < 20'000 && out.wanted(); ++i) out.value(std::string(100, 'x'));
  out.end();
  CHECK_FALSE(out.finish());
  CHECK(pieces == 3);
  CHECK(longest < 300'000);
}
