#include <kpi/base/json_stream.hpp>
#include <kpi/base/parallel.hpp>
#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <thread>
#include <utility>

namespace kpi {
namespace {

constexpr std::size_t deepest = 200;
constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;
constexpr std::size_t block_of_values = 64;  // made at a time: enough that threads seldom wait for each other

/// How many bytes at the end of `text` begin a character that is not whole: at most three.
std::size_t cut_character(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/// The bytes of a source as RapidJSON's input stream, and where in the document they are.
class Bytes {
public:
  using Ch = char;

  Bytes(const TextSource& source, Utf8 utf8) : source_(source), utf8_(utf8) {}
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  /// The next byte; NUL at the end.
  [[nodiscard]] char Peek() { return next_ != end_ || refill() ? *next_ : '\0'; }
  char Take() { return next_ != end_ || refill() ? *next_++ : '\0'; }
  [[nodiscard]] std::size_t Tell() const { return before_ + taken(); }
  /// A NUL byte in the text looks like its end to the parser.
  [[nodiscard]] bool at_end() { return next_ == end_ && !refill(); }
  void skip_byte_order_mark() {
    if (!at_end() && piece_.starts_with("\xEF\xBB\xBF")) next_ += 3;
  }

  /// "line 3, column 7" of the byte at `offset`, one in the line that is being read.
  [[nodiscard]] std::string place(std::size_t offset) const {
    const auto read = std::string_view(piece_).substr(0, taken());
    const auto lines = lines_ + static_cast<std::size_t>(std::count(read.begin(), read.end(), '\n'));
    const auto start = read.rfind('\n');
    const auto column = start == std::string_view::npos ? columns_ + read.size() + 1 : read.size() - start;
    const auto back = std::min(column - 1, Tell() - std::min(offset, Tell()));
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column - back);
  }

  // What RapidJSON asks of a stream that can be written to; reading calls none of them.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  std::size_t PutEnd(char*) { return 0; }

private:
  [[nodiscard]] std::size_t taken() const { return static_cast<std::size_t>(next_ - piece_.data()); }

  // Out of line: the parser takes each byte through the two above, which have to stay small.
  [[gnu::noinline]] bool refill() {
    if (ended_) return false;
    note_lines();
    before_ += piece_.size();
    piece_ = std::exchange(carried_, {});
    for (;;) {
      std::string more = source_();
      ended_ = more.empty();
      if (piece_.empty()) {
        piece_ = std::move(more);
      } else {
        piece_ += more;
      }
      // A character that two pieces share is read with the second, so that each can be repaired alone.
      const auto cut = ended_ ? 0 : cut_character(piece_);
      if (ended_ || cut < piece_.size()) {
        carried_ = piece_.substr(piece_.size() - cut);
        piece_.resize(piece_.size() - cut);
        break;
      }
    }
    if (utf8_ == Utf8::repair && !is_utf8(piece_)) piece_ = repair_utf8(piece_);
    next_ = piece_.data();
    end_ = next_ + piece_.size();
    return !piece_.empty();
  }

  void note_lines() {
    columns_ += piece_.size();
    // Many answers are one line: looking for the next end of one is faster than counting.
    for (auto end = piece_.find('\n'); end != std::string::npos; end = piece_.find('\n', end + 1)) {
      ++lines_;
      columns_ = piece_.size() - end - 1;
    }
  }

  const TextSource& source_;
  Utf8 utf8_;
  std::string piece_;
  std::string carried_;
  const char* next_ = piece_.data();
  const char* end_ = next_;  // of the piece
  std::size_t before_ = 0;   // bytes of earlier pieces
  std::size_t lines_ = 0;    // before the piece
  std::size_t columns_ = 0;  // of the piece's first line that lie before the piece
  bool ended_ = false;
};

/// Takes RapidJSON's events, builds the values that are wanted and hands the parts over.
class PartBuilder {
public:
  PartBuilder(const std::vector<JsonPart>& parts, const JsonMembers& members)
      : parts_(parts),
        members_(members) {
    for (const auto& name : members_) wanted_[bucket_of(name)].push_back(name);
  }

  bool Null() { return scalar(nullptr); }
  bool Bool(bool value) { return scalar(value); }
  bool Int(int value) { return scalar(value); }
  bool Uint(unsigned value) { return scalar(value); }
  bool Int64(std::int64_t value) { return scalar(value); }
  bool Uint64(std::uint64_t value) { return scalar(value); }
  bool Double(double value) { return scalar(value); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }  // only where one asks for it
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value(text, size);
    // The second half of a surrogate pair can be written as an escape of its own.
    return is_utf8(value) ? scalar(value) : scalar(repair_utf8(value));
  }
  bool StartObject() { return start(Json::object()); }
  bool StartArray() { return start(Json::array()); }
  bool EndObject(rapidjson::SizeType) { return finish(); }
  bool EndArray(rapidjson::SizeType) { return finish(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (skipped_ > 0) return true;
    const std::string_view name(text, size);
    skip_next_ = !members_.empty() && !is_wanted(name);
    if (!skip_next_) frames_.back().key = name;
    return true;
  }

  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] Json& rest() { return rest_; }

private:
  struct Frame {
    Json value;
    std::string key = {};   // of the member that is being read
    std::size_t index = 0;  // of the item that is being read
    const JsonPart* part = nullptr;
  };

  /// Cheaper than a hash of every byte, and nearly as telling of short names.
  static std::size_t bucket_of(std::string_view name) {
    if (name.empty()) return 0;
    const auto first = static_cast<unsigned char>(name.front());
    const auto last = static_cast<unsigned char>(name.back());
    return (name.size() * 37U + first * 5U + last) % 256U;
  }
  [[nodiscard]] bool is_wanted(std::string_view name) const {
    const auto& bucket = wanted_[bucket_of(name)];
    return std::find(bucket.begin(), bucket.end(), name) != bucket.end();
  }

  template <class Value>
  bool scalar(const Value& value) {
    if (skipped_ > 0 || std::exchange(skip_next_, false)) return true;
    put(Json(value));
    return true;
  }

  bool start(Json empty) {
    if (frames_.size() + skipped_ >= deepest) {
      too_deep_ = true;
      return false;
    }
    if (skipped_ > 0 || std::exchange(skip_next_, false)) {
      ++skipped_;
      return true;
    }
    const JsonPart* part = part_here();
    frames_.push_back({std::move(empty), {}, 0, part});
    return true;
  }

  bool finish() {
    if (skipped_ > 0) {
      --skipped_;
      return true;
    }
    Frame done = std::move(frames_.back());
    frames_.pop_back();
    if (done.part == nullptr) {
      put(std::move(done.value));
      return true;
    }
    std::vector<std::size_t> places;
    for (const auto& frame : frames_) {
      if (frame.value.is_array()) places.push_back(frame.index);
    }
    done.part->take(places, std::move(done.value));
    ++frames_.back().index;
    return true;
  }

  void put(Json value) {
    if (frames_.empty()) {
      rest_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.value.is_array()) {
      frame.value.push_back(std::move(value));
      ++frame.index;
    } else {
      frame.value[std::move(frame.key)] = std::move(value);
    }
  }

  /// The part whose way leads to the value that begins here.
  [[nodiscard]] const JsonPart* part_here() const {
    for (const auto& part : parts_) {
      if (part.path.size() != frames_.size() || part.path.empty()) continue;
      bool same = true;
      // A member may be called "*" too: what is no list has no items.
      for (std::size_t i = 0; same && i < frames_.size(); ++i) {
        const bool item = part.path[i] == "*";
        same = item == frames_[i].value.is_array() && (item || part.path[i] == frames_[i].key);
      }
      if (same) return &part;
    }
    return nullptr;
  }

  const std::vector<JsonPart>& parts_;
  const JsonMembers& members_;
  std::array<std::vector<std::string_view>, 256>
      wanted_;  // by bucket_of(): asked for every name in a document
  std::vector<Frame> frames_;
  std::size_t skipped_ = 0;  // levels below a member that is not wanted
  bool skip_next_ = false;
  bool too_deep_ = false;
  Json rest_;
};

/// `value` as it stands `indent` spaces deep in a document: each line but the first is moved so far.
std::string indented(const Json& value, std::size_t indent) {
  std::string out;
  // What Json::dump() calls, which always begins at the margin.
  nlohmann::detail::serializer<Json> serializer(nlohmann::detail::output_adapter<char>(out), ' ',
                                                Json::error_handler_t::replace);
  serializer.dump(value, true, false, 2, static_cast<unsigned>(indent));
  return out;
}

/// RapidJSON's sentence as a clause of ours.
std::string reason_of(rapidjson::ParseErrorCode code) {
  // Its own sentence hides the commoner of the two.
  if (code == rapidjson::kParseErrorStringEscapeInvalid)
    return "line end, control character or unknown escape in a string";
  // Without a code all was read up to a NUL byte.
  std::string reason = rapidjson::GetParseError_En(
      code == rapidjson::kParseErrorNone ? rapidjson::kParseErrorDocumentRootNotSingular : code);
  reason.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(reason.front())));
  if (reason.ends_with('.')) reason.pop_back();
  return reason;
}

}  // namespace

TextSource source_of(std::string_view text) {
  return [text, given = false]() mutable {
    return std::exchange(given, true) ? std::string() : std::string(text);
  };
}

TextSource source_of(std::deque<std::string>& pieces) {
  return [&pieces] {
    if (pieces.empty()) return std::string();
    std::string piece = std::move(pieces.front());
    pieces.pop_front();
    return piece;
  };
}

Result<Json> read_json(const TextSource& source, std::string_view name, const std::vector<JsonPart>& parts,
                       const JsonMembers& members, Utf8 utf8) {
  Bytes bytes(source, utf8);
  bytes.skip_byte_order_mark();
  PartBuilder builder(parts, members);
  rapidjson::Reader reader;
  constexpr unsigned flags = rapidjson::kParseFullPrecisionFlag;
  const rapidjson::ParseResult outcome =
      utf8 == Utf8::repair ? reader.Parse<flags>(bytes, builder)
                           : reader.Parse<flags | rapidjson::kParseValidateEncodingFlag>(bytes, builder);
  if (!outcome.IsError() && bytes.at_end()) return std::move(builder.rest());
  if (builder.too_deep()) {
    return Error{Fault::input, "json.invalid", std::string(name),
                 "nested deeper than " + std::to_string(deepest) + " levels", ""};
  }
  const bool cut = bytes.at_end();
  return Error{Fault::input, "json.invalid", std::string(name),
               "not valid JSON at " + bytes.place(outcome.IsError() ? outcome.Offset() : bytes.Tell()) +
                   ": " + (cut ? "the text ends too early" : reason_of(outcome.Code())),
               cut ? "give the whole file" : ""};
}

JsonWriter::JsonWriter(TextSink sink) : sink_(std::move(sink)) {
  buffer_.reserve(buffer_bytes + buffer_bytes / 4);
}

JsonWriter& JsonWriter::begin(char opening, char closing) {
  start_item();
  buffer_ += opening;
  levels_.push_back({closing});
  return *this;
}

JsonWriter& JsonWriter::end() {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty) new_line();
  buffer_ += level.closing;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  start_item();
  buffer_ += dump_json(Json(name));
  buffer_ += ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(const Json& value) { return text_value(indented(value, levels_.size() * 2)); }

JsonWriter& JsonWriter::values(std::size_t count, const std::function<Json(std::size_t)>& make) {
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t indent = levels_.size() * 2;
  for (std::size_t from = 0; from < count && wanted_; from += block_of_values) {
    std::vector<std::string> texts(std::min(block_of_values, count - from));
    parallel_for(texts.size(), threads, {},
                 [&](std::size_t i) { texts[i] = indented(make(from + i), indent); });
    for (const auto& text : texts) text_value(text);
  }
  return *this;
}

JsonWriter& JsonWriter::text_value(std::string_view text) {
  start_item();
  buffer_ += text;
  pass_on(buffer_bytes);
  return *this;
}

bool JsonWriter::finish() {
  buffer_ += '\n';
  pass_on(1);
  return wanted_;
}

void JsonWriter::start_item() {
  if (std::exchange(after_key_, false) || levels_.empty()) return;
  if (!levels_.back().empty) buffer_ += ',';
  levels_.back().empty = false;
  new_line();
}

void JsonWriter::new_line() {
  buffer_ += '\n';
  buffer_.append(levels_.size() * 2, ' ');
}

void JsonWriter::pass_on(std::size_t at_least) {
  if (buffer_.size() < at_least) return;
  if (wanted_) wanted_ = sink_(buffer_);
  buffer_.clear();
}

}  // namespace kpi
