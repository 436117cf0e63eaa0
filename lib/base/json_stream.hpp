#pragma once

#include <kpi/base/json.hpp>
#include <kpi/base/result.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

// JSON documents that are larger than one wants to hold: read part by part, written part by part.
namespace kpi {

/// A text in pieces, in order; an empty piece ends it. Each piece may be as long as the source likes.
using TextSource = std::function<std::string()>;
/// `text` as one piece.
[[nodiscard]] TextSource source_of(std::string_view text);
/// `pieces` from the first on, each given up as it is handed out. They must outlive the source.
[[nodiscard]] TextSource source_of(std::deque<std::string>& pieces);

/// Takes a text piece by piece; false once nobody wants any more.
using TextSink = std::function<bool(std::string_view piece)>;

/// A place in a document whose values are handed over as soon as each was read.
struct JsonPart {
  /// The way there from the top: names of members, "*" for every item of a list. {"databases", "*", "tables",
  /// "*"} is each table of each database.
  std::vector<std::string> path;
  /// Gets the part, an object or a list, and its place in each list on the way: {0, 3} for
  /// databases[0].tables[3].
  std::function<void(const std::vector<std::size_t>& places, Json part)> take;
};

/// Names of members; where not empty, no member of another name is kept, at any level.
using JsonMembers = std::unordered_set<std::string_view>;

/// Reads one JSON document from `source`, hands each part over and gives back the rest, so that never more
/// than the rest and one part is held. Parts do not lie within parts. Ill-formed UTF-8 becomes U+FFFD with
/// Utf8::repair. Fails like parse_json(); parts that came before the fault have been handed over by then.
enum class Utf8 { refuse, repair };
Result<Json> read_json(const TextSource& source, std::string_view name, const std::vector<JsonPart>& parts,
                       const JsonMembers& members = {}, Utf8 utf8 = Utf8::refuse);

/// Writes a document as dump_json(value, 2) and a line end would, without holding it: open an object or list,
/// give its members or items, close it. Members of an object each take a key().
class JsonWriter {
public:
  /// `sink` gets pieces of about 256 KiB.
  explicit JsonWriter(TextSink sink);

  JsonWriter& begin_object() { return begin('{', '}'); }
  JsonWriter& begin_list() { return begin('[', ']'); }
  JsonWriter& end();
  JsonWriter& key(std::string_view name);
  /// A whole value, or all that is below it.
  JsonWriter& value(const Json& value);
  /// `count` items of the open list: make(0), make(1), ... in order. `make` is called on several threads at
  /// once.
  JsonWriter& values(std::size_t count, const std::function<Json(std::size_t)>& make);
  JsonWriter& member(std::string_view name, const Json& value) { return key(name).value(value); }
  /// Ends the document. False if the sink took not all of it.
  [[nodiscard]] bool finish();
  /// False once the sink has had enough: what follows is for nothing.
  [[nodiscard]] bool wanted() const { return wanted_; }

private:
  struct Level {
    char closing;
    bool empty = true;
  };
  JsonWriter& begin(char opening, char closing);
  JsonWriter& text_value(std::string_view text);
  void start_item();
  void new_line();
  void pass_on(std::size_t at_least);

  TextSink sink_;
  std::string buffer_;
  std::vector<Level> levels_;
  bool after_key_ = false;
  bool wanted_ = true;
};

}  // namespace kpi
