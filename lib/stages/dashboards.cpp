#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>
#include <kpi/stages/card_display.hpp>
#include <kpi/stages/created_once.hpp>
#include <kpi/stages/dashboards.hpp>
#include <kpi/stages/marker.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace kpi::stages {
namespace {

using model::CardStatus;

constexpr int grid_columns = 24;

struct Size {
  int width;
  int height;
};

Size size_of(const std::string& display) {
  if (display == "scalar" || display == "smartscalar" || display == "progress" || display == "gauge")
    return {6, 3};
  if (display == "table" || display == "pivot") return {24, 8};
  return {12, 6};
}

/// True if the KPI has a card that is not in the Trash, or is to have one.
bool is_shown(const model::Registration& registration, const PlannedCard& planned) {
  if (registration.status == CardStatus::planned) return true;
  const bool in_trash = registration.status == CardStatus::skipped && planned.standing &&
                        planned.standing->content && planned.standing->content->archived;
  return registration.card_id && !in_trash;
}

/// The report's cards by collection, the best first.
std::map<std::string, std::vector<const model::Kpi*>> by_collection(const Plan& plan,
                                                                    const model::RegistrationReport& report) {
  std::map<std::string, std::vector<const model::Kpi*>> groups;
  for (const auto& planned : plan.cards) {
    const auto& kpi = report.kpis[planned.kpi];
    if (is_shown(*kpi.registration, planned)) groups[kpi.registration->collection].push_back(&kpi);
  }
  for (auto& [collection, kpis] : groups) {
    std::stable_sort(kpis.begin(), kpis.end(), [](const model::Kpi* a, const model::Kpi* b) {
      const int left = a->score ? a->score->total : 0;
      const int right = b->score ? b->score->total : 0;
      return left != right ? left > right : a->name < b->name;
    });
  }
  return groups;
}

std::string board_id(const std::string& tenant, const std::string& collection) {
  return sha256_hex(tenant + "\x1F" + "dashboard" + "\x1F" + collection).substr(0, 16);
}

std::string board_hash(const metabase::Dashboard& board) {
  std::string text = board.name + "\x1F" + readable_part(board.description) + "\x1F";
  auto cards = board.cards;
  std::sort(cards.begin(), cards.end(), [](const auto& a, const auto& b) {
    return std::pair(a.row, a.column) < std::pair(b.row, b.column);
  });
  for (const auto& one : cards) {
    text += fmt::format("{} {} {} {} {}\x1F", one.card_id, one.row, one.column, one.width, one.height);
  }
  return sha256_hex(text).substr(0, 12);
}

class Keeper {
public:
  Keeper(const RegisterOptions& options, const CollectionTree& tree, RegisterPorts ports,
         const Context& context)
      : options_(options),
        tree_(tree),
        ports_(ports),
        context_(context) {}

  Result<model::DashboardOutcome> keep(const std::string& collection,
                                       const std::vector<const model::Kpi*>& kpis) {
    model::DashboardOutcome done;
    done.collection = collection;
    done.cards = static_cast<std::int64_t>(kpis.size());
    const auto& category = kpis.front()->category;
    auto path = collection_path(options_.collection);
    path.push_back(single_line(category));
    const auto place = tree_.find(path);
    if (!place) return planned(std::move(done), "create");  // a dry run: not even the collection is there

    metabase::Dashboard wanted;
    wanted.name = single_line(category);
    wanted.collection_id = place;
    std::vector<Tile> tiles;
    for (const auto* kpi : kpis) {
      if (kpi->registration->card_id) tiles.push_back({*kpi->registration->card_id, display_of(*kpi)});
    }
    wanted.cards = laid_out(tiles);
    const auto id = board_id(context_.run.tenant, collection);
    auto standing = find(*place, id);
    if (!standing) return std::move(standing).error();
    if (!*standing) {
      standing = find_elsewhere(id);
      if (!standing) return std::move(standing).error();
    }
    const bool all_stand = tiles.size() == kpis.size();
    return *standing ? settle(std::move(done), std::move(wanted), **standing, id, all_stand)
                     : create(std::move(done), std::move(wanted), id);
  }

private:
  static model::DashboardOutcome planned(model::DashboardOutcome done, const char* action) {
    done.status = CardStatus::planned;
    done.reason = action;
    return done;
  }

  /// The description up to date with the cards: its marker says what we wrote.
  void sign(metabase::Dashboard& board, const std::string& id) const {
    board.description =
        "The KPIs of " + board.name + ", the best first. Kept by kpi: what you change by hand, it leaves.";
    board.description += "\n" + to_string(Marker{context_.run.tenant, id, board_hash(board)});
  }

  /// Takes in the tenant's dashboards of one listing, by their id: the lowest where there are twins.
  Result<Done> list(std::optional<std::int64_t> place, bool archived,
                    std::map<std::string, std::int64_t>& found) {
    auto items = ports_.cards.items(place, archived, context_.stop);
    if (!items) return std::move(items).error();
    for (const auto& item : *items) {
      const auto marker = item.model == "dashboard" ? marker_of(item.description) : std::nullopt;
      if (!marker || marker->tenant != context_.run.tenant) continue;
      const auto [at, is_new] = found.emplace(marker->kpi_id, item.id);
      if (!is_new) at->second = std::min(at->second, item.id);
    }
    return Done{};
  }

  Result<std::optional<metabase::Dashboard>> read(const std::map<std::string, std::int64_t>& found,
                                                  const std::string& id) {
    const auto at = found.find(id);
    if (at == found.end()) return std::optional<metabase::Dashboard>();
    return ports_.cards.dashboard(at->second, context_.stop);
  }

  Result<std::optional<metabase::Dashboard>> find(std::int64_t place, const std::string& id) {
    std::map<std::string, std::int64_t> found;
    if (auto listed = list(place, false, found); !listed) return std::move(listed).error();
    return read(found, id);
  }

  /// One that a person moved to another managed collection, or archived. All are looked for once.
  Result<std::optional<metabase::Dashboard>> find_elsewhere(const std::string& id) {
    if (!elsewhere_) {
      std::map<std::string, std::int64_t> found;
      const auto places = tree_.below(collection_path(options_.collection));
      for (const auto& [place, path] : places) {
        if (auto listed = list(place, false, found); !listed) return std::move(listed).error();
      }
      std::map<std::string, std::int64_t> archived;
      if (auto listed = list(std::nullopt, true, archived); !listed) return std::move(listed).error();
      for (const auto& [place, path] : places) {  // where releases before v0.50 keep what was archived
        if (auto listed = list(place, true, archived); !listed) return std::move(listed).error();
      }
      found.merge(archived);
      elsewhere_ = std::move(found);
    }
    return read(*elsewhere_, id);
  }

  Result<model::DashboardOutcome> settle(model::DashboardOutcome done, metabase::Dashboard wanted,
                                         const metabase::Dashboard& standing, const std::string& id,
                                         bool all_stand) {
    done.dashboard_id = standing.id;
    done.url = ports_.cards.dashboard_url(standing.id);
    const auto why = touched_by_hand(standing, wanted);
    if (!why.empty() && !options_.force) {
      done.status = CardStatus::skipped;
      done.reason = why + " by hand; --force takes it back";
      return done;
    }
    wanted.id = standing.id;
    sign(wanted, id);
    if (why.empty() && !standing.archived && all_stand &&
        marker_of(wanted.description)->hash == marker_of(standing.description)->hash) {
      done.status = CardStatus::unchanged;
      return done;
    }
    if (options_.dry_run) return planned(std::move(done), "update");
    if (standing.has_tabs) {
      if (auto cleared = clear(wanted, id); !cleared) return std::move(cleared).error();
    } else {
      keep_places(wanted, standing);
    }
    return fill(std::move(done), wanted, CardStatus::updated);
  }

  /// How a person changed the dashboard since we wrote it; empty if nobody did. In the Trash together with
  /// its collection it is not by hand.
  std::string touched_by_hand(const metabase::Dashboard& standing, const metabase::Dashboard& wanted) const {
    const bool place_gone = standing.collection_id && !tree_.path_of(*standing.collection_id);
    if (standing.archived && !place_gone) return "archived";
    const auto marker = marker_of(standing.description);
    if (standing.has_tabs || !marker || board_hash(standing) != marker->hash) return "edited";
    return standing.archived || standing.collection_id == wanted.collection_id ? "" : "moved";
  }

  /// Takes all cards and tabs off. Metabase takes no card without a tab while there are tabs, and what lay on
  /// a tab goes with it. The marker is of an empty dashboard too, so that a process killed in between leaves
  /// nothing that looks edited.
  Result<Done> clear(metabase::Dashboard board, const std::string& id) {
    board.cards.clear();
    sign(board, id);
    auto cleared = ports_.cards.update_dashboard(board, context_.stop);
    if (!cleared) return std::move(cleared).error();
    return Done{};
  }

  /// A card that was on the dashboard keeps its entry there, with what a person set on it.
  static void keep_places(metabase::Dashboard& wanted, const metabase::Dashboard& standing) {
    std::vector<bool> taken(standing.cards.size(), false);
    for (auto& card : wanted.cards) {
      for (std::size_t i = 0; i < standing.cards.size(); ++i) {
        if (taken[i] || standing.cards[i].card_id != card.card_id) continue;
        taken[i] = true;
        card.id = standing.cards[i].id;
        card.rest = standing.cards[i].rest;  // titles and filters that a person set
        break;
      }
    }
  }

  /// An empty one first, as Metabase takes no cards with it: its marker is of an empty one too, so that a
  /// process killed in between leaves nothing that looks edited.
  Result<model::DashboardOutcome> create(model::DashboardOutcome done, metabase::Dashboard wanted,
                                         const std::string& id) {
    if (options_.dry_run) return planned(std::move(done), "create");
    auto empty = wanted;
    empty.cards.clear();
    sign(empty, id);
    auto made = ports_.cards.create_dashboard(empty, context_.stop);
    if (!made && !may_exist(made.error())) return std::move(made).error();
    if (made) {
      wanted.id = made->id;
    } else {
      auto standing = find(*wanted.collection_id, id);
      if (!standing) return std::move(standing).error();
      if (!*standing) return std::move(made).error();
      wanted.id = (*standing)->id;
    }
    sign(wanted, id);
    auto filled = fill(std::move(done), wanted, CardStatus::created);
    if (!filled) return filled;
    return settle_race(std::move(*filled), wanted, id);
  }

  /// Two runs at once may both have created it: each looks again, and the lowest id stays.
  Result<model::DashboardOutcome> settle_race(model::DashboardOutcome done, const metabase::Dashboard& made,
                                              const std::string& id) {
    std::map<std::string, std::int64_t> found;
    if (auto listed = list(*made.collection_id, false, found); !listed) return std::move(listed).error();
    const auto first = found.find(id);
    if (first == found.end() || first->second >= made.id) return done;
    auto mine = ports_.cards.dashboard(made.id, context_.stop);
    if (!mine) return std::move(mine).error();
    if (*mine) {
      (*mine)->archived = true;
      if (auto archived = ports_.cards.update_dashboard(**mine, context_.stop); !archived) {
        return std::move(archived).error();
      }
    }
    done.status = CardStatus::unchanged;
    done.reason = "another run created it at the same time";
    done.dashboard_id = first->second;
    done.url = ports_.cards.dashboard_url(first->second);
    return done;
  }

  Result<model::DashboardOutcome> fill(model::DashboardOutcome done, const metabase::Dashboard& wanted,
                                       CardStatus status) {
    auto written = ports_.cards.update_dashboard(wanted, context_.stop);
    if (!written) return std::move(written).error();
    done.status = status;
    done.dashboard_id = wanted.id;
    done.url = ports_.cards.dashboard_url(wanted.id);
    return done;
  }

  const RegisterOptions& options_;
  const CollectionTree& tree_;
  RegisterPorts ports_;
  const Context& context_;
  std::optional<std::map<std::string, std::int64_t>> elsewhere_;  // by our id, Metabase's
};

}  // namespace

std::vector<metabase::DashboardCard> laid_out(const std::vector<Tile>& tiles) {
  std::vector<metabase::DashboardCard> cards;
  int row = 0, column = 0, tallest = 0;
  for (const auto& tile : tiles) {
    const auto size = size_of(tile.display);
    if (column + size.width > grid_columns) {
      row += tallest;
      column = tallest = 0;
    }
    metabase::DashboardCard card;
    card.card_id = tile.card_id;
    card.row = row;
    card.column = column;
    card.width = size.width;
    card.height = size.height;
    cards.push_back(std::move(card));
    column += size.width;
    tallest = std::max(tallest, size.height);
  }
  return cards;
}

Result<Done> keep_dashboards(const Plan& plan, const RegisterOptions& options, const CollectionTree& tree,
                             RegisterPorts ports, const Context& context, const StageRun& run,
                             Outcome<model::RegistrationReport>& outcome) {
  Keeper keeper(options, tree, ports, context);
  for (const auto& [collection, kpis] : by_collection(plan, outcome.report)) {
    if (context.stop.stop_requested()) return Done{};
    auto done = keeper.keep(collection, kpis);
    if (done) {
      outcome.report.dashboards.push_back(std::move(*done));
      continue;
    }
    if (done.error().fault == Fault::machine) return std::move(done).error();
    run.file(outcome.report.envelope, "dashboard of " + collection, done.error());
    outcome.partial = true;
  }
  return Done{};
}

}  // namespace kpi::stages
