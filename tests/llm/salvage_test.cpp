#include <kpi/llm/salvage.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace kpi;

TEST_CASE("llm::salvage: finds the KPIs whatever is around them") {
  struct Case {
    const char* name;
    const char* text;
    std::size_t items;
  };
  static constexpr std::array cases{
      Case{"as asked", R"({"kpis":[{"name":"A","sql":"SELECT 1"},{"name":"B","sql":"SELECT 2"}]})", 2},
      Case{"byte-order mark", "\xEF\xBB\xBF{\"kpis\":[{\"name\":\"A\",\"sql\":\"SELECT 1\"}]}", 1},
      Case{"fence", "```json\n[{\"name\":\"A\",\"sql\":\"SELECT 1\"}]\n```", 1},
      Case{"fence never closed", "Here:\n```\n[{\"name\":\"A\",\"sql\":\"SELECT 1\"}]", 1},
      Case{"prose around", R"(Sure! {"kpis":[{"name":"A","sql":"SELECT '}' FROM t"}]} Hope it helps.)", 1},
      Case{"brackets in prose", R"(As [asked]: [{"name":"A","sql":"SELECT 1"}])", 1},
      Case{"thinking first", R"(<think>{"no":[1]}</think>[{"name":"A","sql":"SELECT 1"}])", 1},
      Case{
          "thinking whose beginning was left out",
          R"(Perhaps [{"name":"A","sql":"draft"},{"name":"B","sql":"x"}]</think>[{"name":"A","sql":"SELECT 1"}])",
          1},
      Case{"lines of JSON",
           "{\"name\":\"A\",\"sql\":\"SELECT 1\"}\n{\"name\":\"B\",\"sql\":\"SELECT "
           "2\"}\n{\"name\":\"C\",\"sq",
           2},
      Case{"two fences",
           "One:\n```json\n[{\"name\":\"A\",\"sql\":\"SELECT "
           "1\"}]\n```\nTwo:\n```json\n[{\"name\":\"B\",\"sql\":\"SELECT 2\"}]\n```\n",
           2},
      Case{"a plan in the first fence",
           "```json\n[{\"plan\":\"think\"}]\n```\n```json\n{\"kpis\":[{\"name\":\"A\",\"sql\":\"SELECT "
           "1\"}]}\n```",
           1},
      Case{"a bracket in prose that never closes", R"(Note [sic: {"kpis":[{"name":"A","sql":"SELECT 1"}]})",
           1},
      Case{"bare array", R"([{"name":"A","sql":"SELECT 1"}])", 1},
      Case{"one object", R"({"name":"A","sql":"SELECT 1"})", 1},
      Case{"other wrapper", R"({"result":[{"name":"A","sql":"SELECT 1"}]})", 1},
      Case{"keyed by id", R"({"kpis":{"a":{"name":"A","sql":"SELECT 1"},"b":{"sql":"SELECT 2"}}})", 2},
      Case{"JSON in a string", R"("{\"kpis\":[{\"name\":\"A\",\"sql\":\"SELECT 1\"}]}")", 1},
      Case{"trailing commas", R"({"kpis":[{"name":"A","sql":"SELECT 1",},],})", 1},
      Case{"comments and NaN", "[{\"name\":\"A\", // first\n\"sql\":\"SELECT 1\",\"score\":NaN}]", 1},
      Case{"raw line end in a string", "[{\"name\":\"A\",\"sql\":\"SELECT\n1\"}]", 1},
      Case{"cut in a string", R"({"kpis":[{"name":"A","sql":"SELECT 1"},{"name":"B","sql":"SEL)", 1},
      Case{"cut in a key", R"({"kpis":[{"name":"A","sql":"SELECT 1"},{"na)", 1},
      Case{"cut after a comma", R"({"kpis":[{"name":"A","sql":"SELECT 1"},)", 1},
      Case{"cut in an escape", R"([{"name":"A","sql":"SELECT 1"},{"name":"B\)", 1},
      Case{"predecessor's keys",
           R"([{"kpi_name":"A","sql_query":"SELECT 1","output_format":"x","table_name":"t"}])", 1},
      Case{"camel case", R"([{"kpiName":"A","sqlQuery":"SELECT 1"}])", 1},
      Case{"SQL as lines", R"([{"name":"A","sql":["SELECT 1","FROM t"]}])", 1},
      Case{"as Python prints it", R"([{'name': 'A', 'sql': "SELECT 'x'", 'ok': True, 'no': None}])", 1},
      Case{
          "quotes that end a string too early",
          R"([{"name":"A","sql":"SELECT 1"},{"name":"B","sql":"SELECT "b" FROM t","tables":["t"]},{"name":"C","sql":"SELECT 3"}])",
          2},
      Case{"one name twice", R"([{"name":"A b","sql":"SELECT 1"},{"name":"a  B","sql":"SELECT 2"}])", 1},
      Case{"one SQL under two names", R"([{"name":"A","sql":"SELECT 1"},{"name":"B","sql":"select  1"}])", 2},
      Case{"wrong neighbours", R"([7,null,{"name":""},{"name":"X","sql":3},{"name":"A","sql":"SELECT 1"}])",
           1},
      Case{"a NUL", R"([{"name":"A","sql":"SELECT 1\u0000; DROP TABLE t"},{"name":"B","sql":"SELECT 2"}])",
           1},
      Case{"nested list", R"([[{"name":"A","sql":"SELECT 1"}],[{"name":"B","sql":"SELECT 2"}]])", 2},
      Case{"nothing", "", 0},
      Case{"a refusal in words", "I cannot help with that.", 0},
      Case{"another thing", R"({"kpis":[]})", 0}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto salvaged = llm::salvage(c.text, 20);
    CHECK(salvaged.items.size() == c.items);
    if (c.items > 0) CHECK(salvaged.items.front().sql.substr(0, 6) == "SELECT");
  }
}

TEST_CASE("llm::salvage: says what it left out and why") {
  const auto salvaged =
      llm::salvage(R"([{"name":"A"},{"name":"B","sql":"SELECT 2"},{"name":"C","sql":"SELECT 3"}])", 1);
  REQUIRE(salvaged.items.size() == 1);
  CHECK(salvaged.items[0].name == "B");
  REQUIRE(salvaged.notes.size() == 2);
  CHECK(salvaged.notes[0] == "item 1 was left out: it has no SQL");
  CHECK(salvaged.notes[1] == "1 items over the 1 asked for were left out");
}

TEST_CASE("llm::salvage: leaves thinking out, however much of it there is") {
  std::string text = "<thinking>a [1]</thinking>";
  for (int i = 0; i < 110'000; ++i) text += "<think></think>";
  text += R"(<think>more {"name":"no","sql":"SELECT 0"}</think>[{"name":"A","sql":"SELECT '<think>'"}])";
  const auto salvaged = llm::salvage(text, 20);
  REQUIRE(salvaged.items.size() == 1);
  CHECK(salvaged.items[0].name == "A");
  CHECK(salvaged.items[0].sql == "SELECT '<think>'");  // never closed: it is text
}

TEST_CASE("llm::salvage: a list of nothing but wrong items is told in a few words") {
  std::string text = "[";
  for (int i = 0; i < 20'000; ++i) text += "\"x\",";
  text += "7]";
  const auto salvaged = llm::salvage(text, 20);
  CHECK(salvaged.reading == llm::Reading::unusable);
  REQUIRE(salvaged.notes.size() == 4);
  CHECK(salvaged.notes[2] == "item 3 was left out: it is no object");
  CHECK(salvaged.notes[3] == "and 19998 more were left out");
}

TEST_CASE("llm::salvage: tells apart what holds no KPI") {
  struct Case {
    const char* text;
    llm::Reading reading;
  };
  static constexpr std::array cases{
      Case{"[]", llm::Reading::empty_list},
      Case{R"({"kpis":[]})", llm::Reading::empty_list},
      Case{"```json\n[]\n```", llm::Reading::empty_list},
      Case{R"({"message":"none"})", llm::Reading::empty_list},
      Case{"I found none [1].", llm::Reading::no_json},
      Case{R"("only words")", llm::Reading::no_json},
      Case{" \n ", llm::Reading::blank},
      Case{R"([{"name":"A"}])", llm::Reading::unusable},
      Case{"[1, 2]", llm::Reading::unusable},
      Case{R"([{"name":"A","sql":"SELECT 1"}])", llm::Reading::items},
      Case{R"([1] says so: [{"name":"A","sql":"SELECT 1"}])", llm::Reading::items}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(llm::salvage(c.text, 20).reading == c.reading);
  }
}

TEST_CASE("llm::salvage: survives deep nesting") {
  CHECK(llm::salvage(std::string(100'000, '['), 20).items.empty());
  CHECK(llm::salvage(std::string(100'000, '{'), 20).items.empty());
}

TEST_CASE("llm::salvage: many pieces are told in a word") {
  std::string text;
  for (int i = 0; i < 15; ++i) text += "{'name':'K" + std::to_string(i) + "','sql':'SELECT 1',}\n";
  const auto salvaged = llm::salvage(text, 20);
  CHECK(salvaged.items.size() == 15);
  REQUIRE(salvaged.notes.size() == 2);
  CHECK(salvaged.notes[0] == "the answer was not quite JSON; it was mended");
  CHECK(salvaged.notes[1] == "the answer was 15 pieces of JSON");
}

TEST_CASE("llm::clean_sql: undoes what answers do to statements") {
  struct Case {
    const char* from;
    const char* to;
  };
  static constexpr std::array cases{
      Case{" SELECT 1 ; ", "SELECT 1"}, Case{"```sql\nSELECT 1\n```", "SELECT 1"},
      Case{"SELECT a FROM t WHERE a &lt;&gt; 1 &amp;&amp; b", "SELECT a FROM t WHERE a <> 1 && b"},
      Case{"SELECT \u2018x\u2019", "SELECT 'x'"}, Case{"SELECT 'it\u2019s'", "SELECT 'it\u2019s'"}};
  for (const auto& c : cases) CHECK(llm::clean_sql(c.from) == std::string(c.to));
}
