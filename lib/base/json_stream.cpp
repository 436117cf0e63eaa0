#include <kpi/base/json_stream.hpp>
#include <kpi/base/text.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace kpi {
namespace {

constexpr std::size_t deepest = 200;
constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;

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

/// The bytes of a source, one at a time, and where in the document they are.
class Bytes {
public:
  Bytes(const TextSource& source, Utf8 utf8) : source_(source), utf8_(utf8) {}

  [[nodiscard]] bool at_end() {
    met_end_ = next_ == piece_.size() && !refill();
    return met_end_;
  }
  [[nodiscard]] char current() const { return piece_[next_]; }
  void advance() { ++next_; }

  /// "line 3, column 7" of the byte that was read last.
  [[nodiscard]] std::string place() const {
    const auto read = std::string_view(piece_).substr(0, next_ == 0 ? 0 : next_ - 1);
    const auto lines = lines_ + static_cast<std::size_t>(std::count(read.begin(), read.end(), '\n'));
    const auto start = read.rfind('\n');
    const auto column = start == std::string_view::npos ? columns_ + read.size() + 1 : read.size() - start;
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column);
  }
  /// True if more was asked for than there is.
  [[nodiscard]] bool met_end() const { return met_end_; }

private:
  bool refill() {
    if (ended_) return false;
    note_lines();
    piece_ = std::exchange(carried_, {});
    next_ = 0;
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
    return !piece_.empty();
  }

  void note_lines() {
    lines_ += static_cast<std::size_t>(std::count(piece_.begin(), piece_.end(), '\n'));
    const auto last = piece_.rfind('\n');
    columns_ = last == std::string::npos ? columns_ + piece_.size() : piece_.size() - last - 1;
  }

  const TextSource& source_;
  Utf8 utf8_;
  std::string piece_;
  std::string carried_;
  std::size_t next_ = 0;
  std::size_t lines_ = 0;    // before the piece
  std::size_t columns_ = 0;  // of the piece's first line that lie before the piece
  bool ended_ = false;
  bool met_end_ = false;
};

/// Bytes as the pair of iterators that nlohmann/json reads; the end is the one without bytes.
class ByteIterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  ByteIterator() = default;
  explicit ByteIterator(Bytes& bytes) : bytes_(&bytes) {}
  char operator*() const { return bytes_->current(); }
  ByteIterator& operator++() {
    bytes_->advance();
    return *this;
  }
  ByteIterator operator++(int) {
    ByteIterator before = *this;
    bytes_->advance();
    return before;
  }
  friend bool operator==(const ByteIterator& a, const ByteIterator& b) { return a.done() == b.done(); }
  friend bool operator!=(const ByteIterator& a, const ByteIterator& b) { return !(a == b); }

private:
  [[nodiscard]] bool done() const { return bytes_ == nullptr || bytes_->at_end(); }
  Bytes* bytes_ = nullptr;
};

/// Takes nlohmann's events, builds the values that are wanted and hands the parts over.
class PartBuilder {
public:
  PartBuilder(const std::vector<JsonPart>& parts, const JsonMembers& members)
      : parts_(parts),
        members_(members) {}

  bool null() { return scalar(nullptr); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(Json::number_integer_t value) { return scalar(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return scalar(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return scalar(value); }
  bool string(std::string& value) { return scalar(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return start(Json::object()); }
  bool start_array(std::size_t) { return start(Json::array()); }
  bool end_object() { return finish(); }
  bool end_array() { return finish(); }
  bool key(std::string& name) {
    if (skipped_ > 0) return true;
    skip_next_ = !members_.empty() && !members_.contains(name);
    if (!skip_next_) frames_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& failure) {
    failure_ = failure.what();
    return false;
  }

  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }
  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] Json& rest() { return rest_; }

private:
  struct Frame {
    Json value;
    std::string key = {};   // of the member that is being read
    std::size_t index = 0;  // of the item that is being read
    const JsonPart* part = nullptr;
  };

  template <class Value>
  bool scalar(Value&& value) {
    if (skipped_ > 0 || std::exchange(skip_next_, false)) return true;
    put(Json(std::forward<Value>(value)));
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
    done.part->take(places, done.value);
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
  std::vector<Frame> frames_;
  std::size_t skipped_ = 0;  // levels below a member that is not wanted
  bool skip_next_ = false;
  bool too_deep_ = false;
  std::optional<std::string> failure_;
  Json rest_;
};

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
  PartBuilder builder(parts, members);
  if (Json::sax_parse(ByteIterator(bytes), ByteIterator(), &builder)) return std::move(builder.rest());
  if (builder.too_deep()) {
    return Error{Fault::input, "json.invalid", std::string(name),
                 "nested deeper than " + std::to_string(deepest) + " levels", ""};
  }
  const bool cut = bytes.met_end();
  return Error{Fault::input, "json.invalid", std::string(name),
               "not valid JSON at " + bytes.place() + ": " +
                   (cut ? "the text ends too early" : json_fault(builder.failure().value_or(""))),
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

JsonWriter& JsonWriter::value(const Json& value) {
  start_item();
  const std::string text = dump_json(value, 2);
  // Within a string a line end is written "\n": each real one is a new line of the document.
  std::size_t from = 0;
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', from)) {
    buffer_.append(text, from, at + 1 - from);
    buffer_.append(levels_.size() * 2, ' ');
    from = at + 1;
  }
  buffer_.append(text, from);
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
