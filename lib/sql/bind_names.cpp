#include "binder.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

// What a column's name means, and what to say of one that means nothing.
namespace kpi::sql {
namespace {

// Columns that every table of PostgreSQL has.
bool is_system_column(std::string_view name) {
  return name == "ctid" || name == "xmin" || name == "xmax" || name == "cmin" || name == "cmax" ||
         name == "tableoid";
}

constexpr std::size_t most_named = 8;  // columns or tables that a message lists

std::string joined(std::string_view qualifier, std::string_view name) {
  return qualifier.empty() ? std::string(name) : fmt::format("{}.{}", qualifier, name);
}

}  // namespace

void Binder::use(const Node& node, const Use& meaning) {
  out_.uses[out_.index(node)] = meaning;
  const Column* column = meaning.column;
  if (column == nullptr || column->table == nullptr) return;
  if (column->field != nullptr) {
    references_.insert({column->table->name, column->field->name});
  } else {
    references_.insert({column->table->name, column->name});
  }
}

Type Binder::whole_row(const Node& node, const Source& source) {
  out_.uses[out_.index(node)].personal = source.shows_personal();
  return Type::unknown;
}

Type Binder::column(const Node& node, const Context& context) {
  const Node* fields = node.at(Key::fields);
  if (fields == nullptr || fields->last == nullptr) return Type::unknown;
  const bool star = fields->last->tag == Tag::A_Star;  // count(t.*), ROW(t.*)
  const std::string_view name = string_of(fields->last);
  std::string_view qualifier;
  for (const Node& field : Members(fields)) {
    if (&field != fields->last) qualifier = string_of(&field);
  }
  const bool qualified = size_of(fields) > 1;
  bool qualifier_seen = false;
  bool maybe = false;  // some source in reach has columns that are not known
  for (const Scope* scope = context.scope; scope != nullptr; scope = scope->outer) {
    if (star) {
      for (const Source* source : scope->visible) {
        if (source->name == qualifier) return whole_row(node, *source);
      }
      continue;
    }
    if (!qualified) {
      for (const Merged& merged : scope->merged) {
        if (merged.name != name) continue;
        use(node, {merged.source, merged.column, scope->query});
        return merged.column->type;
      }
    }
    Use found;
    std::vector<std::string> owners;  // of all columns of that name
    bool scope_maybe = false;
    for (const Source* source : scope->visible) {
      if (qualified && source->name != qualifier) continue;
      qualifier_seen = qualifier_seen || qualified;
      bool here = false;
      for (const Column& candidate : source->columns) {
        if (candidate.name != name) continue;
        owners.push_back(joined(source->name, name));
        if (found.column == nullptr) found = {source, &candidate, scope->query};
        here = true;
        break;
      }
      scope_maybe = scope_maybe || (!here && source->open);
      if (!here && source->open && source->personal) whole_row(node, *source);
    }
    if (owners.size() > 1) {
      if (!qualified) {
        find("schema.ambiguous_column",
             fmt::format("{} is a column of several tables here; write {}", name, join(owners, " or ")),
             node);
      }
      return Type::unknown;
    }
    if (found.column != nullptr) {
      use(node, found);
      return found.column->type;
    }
    maybe = maybe || scope_maybe;
    if (!qualified) {
      // A bare table name is its whole row.
      for (const Source* source : scope->visible) {
        if (source->name == name) return whole_row(node, *source);
      }
    }
    if (qualifier_seen) break;
  }
  if (star) return Type::unknown;
  if (maybe || is_system_column(name)) return Type::unknown;
  if (unfolded(name, context, node)) return Type::unknown;
  if (qualified && !qualifier_seen) {
    const bool hidden = std::any_of(out_.sources.begin(), out_.sources.end(),
                                    [&](const Source& source) { return source.name == qualifier; });
    find(hidden ? Code("schema.unknown_column") : Code("schema.unknown_table"),
         hidden ? fmt::format("{} cannot be seen from here", qualifier)
                : unknown_source_message(name, qualifier, context),
         node);
    return Type::unknown;
  }
  find("schema.unknown_column", unknown_column_message(name, qualifier, context), node);
  return Type::unknown;
}

// A field that Metabase unfolds out of a JSON column has a name and a path; in SQL it is only the path.
bool Binder::unfolded(std::string_view name, const Context& context, const Node& node) {
  for (const Scope* scope = context.scope; scope != nullptr; scope = scope->outer) {
    for (const Source* source : scope->visible) {
      if (source->table == nullptr) continue;
      for (const auto& field : source->table->fields) {
        if (field.path.empty() || field.name != name) continue;
        find("schema.json_path",
             fmt::format("\"{}\" is a field inside the JSON column {}, and no column: write {} ->> '{}'",
                         name, field.path.front(), field.path.front(), field.path.back()),
             node);
        return true;
      }
    }
  }
  return false;
}

std::string Binder::unknown_source_message(std::string_view name, std::string_view qualifier,
                                           const Context& context) {
  std::vector<std::string> names;
  for (const Scope* scope = context.scope; scope != nullptr; scope = scope->outer) {
    for (const Source* source : scope->visible) {
      // A table that has an alias is known by that only, and its own name is the likeliest mistake.
      if (source->table != nullptr && source->table->name == qualifier) {
        return fmt::format("{}.{}: no table or alias {} in this FROM, where it is called {}", qualifier, name,
                           qualifier, source->name);
      }
      names.emplace_back(source->name);
    }
  }
  const auto meant = nearest(qualifier, names);
  if (names.size() > most_named) names.resize(most_named);
  return fmt::format("{}.{}: no table or alias {} in this FROM; {}", qualifier, name, qualifier,
                     meant           ? fmt::format("did you mean {}?", *meant)
                     : names.empty() ? std::string("it has none")
                                     : fmt::format("it has {}", join(names, ", ")));
}

std::string Binder::unknown_column_message(std::string_view name, std::string_view qualifier,
                                           const Context& context) const {
  std::vector<std::string> names;
  for (const Scope* scope = context.scope; scope != nullptr; scope = scope->outer) {
    for (const Source* source : scope->visible) {
      if (!qualifier.empty() && source->name != qualifier) continue;
      for (const Column& column : source->columns) {
        if (lower(column.name) == lower(name)) {
          return fmt::format("no column {}: \"{}\" is written with quotes", joined(qualifier, name),
                             column.name);
        }
        names.emplace_back(column.name);
      }
    }
  }
  if (context.scope->query != nullptr) {
    for (const Node& target : Members(context.scope->query->select->at(Key::targetList))) {
      if (qualifier.empty() && text_at(&target, Key::name) == name) {
        return fmt::format(
            "{} is the name of an output column, which cannot be used here; repeat its expression", name);
      }
    }
  }
  std::string message = fmt::format("no column {}", joined(qualifier, name));
  if (const auto meant = nearest(name, names)) return message + fmt::format("; did you mean {}?", *meant);
  for (const Scope* scope = context.scope; scope != nullptr; scope = scope->outer) {
    for (const Source* source : scope->visible) {
      if (source->table == nullptr || (!qualifier.empty() && source->name != qualifier)) continue;
      for (const auto& field : source->table->fields) {
        if (field.path.size() == 2 && field.path.back() == name)
          return message + fmt::format("; did you mean {} ->> '{}'?", field.path.front(), name);
      }
    }
  }
  if (names.empty()) return message;
  std::string most;
  for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i)
    most += (i == 0 ? "" : ", ") + names[i];
  return message + fmt::format("; there is {}{}", most, names.size() > most_named ? ", ..." : "");
}

}  // namespace kpi::sql
