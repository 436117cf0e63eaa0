#include <kpi/sandbox/context.hpp>

#include <fmt/format.h>

namespace kpi::sandbox {

/// Reports link to cards, collections and dashboards as Metabase shows them. Here nothing is shown: who opens
/// such a link in a browser is told what this is and where to look. Open to all, so it tells of no card.
void add_page_routes(Router& router) {
  struct Kind {
    const char* page;
    const char* endpoint;
  };
  for (const auto& kind :
       {Kind{"question", "card"}, Kind{"collection", "collection"}, Kind{"dashboard", "dashboard"}}) {
    const auto explain = [kind](const Request& request) -> Result<Response> {
      const auto id = request.number("id");
      if (!id) return text_response("Not found.", 404);
      return text_response(
          fmt::format("This is the sandbox of kpi: it answers as Metabase's API does, and has no pages.\n"
                      "The {0} {1} is at /api/{0}/{1}, for who has signed in at /api/session.\n"
                      "All KPIs on one page, with their SQL: kpi report registration.json -o kpis.html\n",
                      kind.endpoint, *id),
          200);
    };
    router.add("GET", fmt::format("/{}/:id", kind.page), explain, Access::open);
  }
}

}  // namespace kpi::sandbox
