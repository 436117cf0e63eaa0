#include "support/paths.hpp"
#include "workspace.hpp"

#include <kpi/config/resources.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <set>
#include <utility>

using kpi::test::contains;
using kpi::test::Workspace;

namespace {

const std::filesystem::path source = kpi::test::source_dir;

kpi::model::Domain domain_called(const std::string& name) {
  auto domain = kpi::config::read_domain(source, name);
  if (!domain) FAIL(domain.error().line());
  return *std::move(domain);
}

}  // namespace

TEST_CASE("config::resources: every file that ships reads") {
  for (const char* name : {"marketplace", "ecommerce", "saas"}) {
    CAPTURE(name);
    const auto domain = domain_called(name);
    CHECK(domain.name == name);
    CHECK_FALSE(domain.description.empty());
    CHECK(domain.glossary.size() >= 5);
    CHECK(domain.examples.size() >= 3);
    CHECK_FALSE(domain.minor_unit_columns.empty());
    CHECK_FALSE(domain.test_row_columns.empty());
    CHECK_FALSE(domain.deleted_row_columns.empty());
  }
  for (const auto& entry : std::filesystem::directory_iterator(source / "config" / "domains")) {
    CAPTURE(entry.path().string());
    CHECK(kpi::config::read_domain(source, entry.path().string()).has_value());
  }
  const auto policy = kpi::config::read_sql_policy(source / "config" / "sql-policy.yaml");
  if (!policy) FAIL(policy.error().line());
  CHECK(policy->postgres_functions.size() > 100);
  CHECK(policy->sqlite_functions.size() > 30);
}

TEST_CASE("config::resources: the weights of the score sum to one") {
  const auto weights = kpi::config::read_scoring(source / "config" / "scoring.yaml");
  if (!weights) FAIL(weights.error().line());
  double sum = 0;
  for (const auto& weight : *weights) sum += weight.weight;
  CHECK(std::abs(sum - 1) < 1e-9);
  CHECK(weights->front().component == "informativeness");
  CHECK(weights->size() == 8);
}

TEST_CASE("config::resources: a model's price is its own, else that of the longest prefix, else unknown") {
  const auto models = kpi::config::read_models(source / "config" / "models.yaml");
  if (!models) FAIL(models.error().line());
  CHECK(models->dated.size() == 10);
  CHECK(models->price("openai", models->default_openai_model) != nullptr);
  CHECK(models->price("anthropic", models->default_anthropic_model) != nullptr);
  const auto* snapshot = models->price("openai", "gpt-4.1-mini-2025-04-14");
  REQUIRE(snapshot != nullptr);
  CHECK(snapshot->input_usd == models->price("openai", "gpt-4.1-mini")->input_usd);
  CHECK(snapshot->input_usd < models->price("openai", "gpt-4.1")->input_usd);
  CHECK(models->price("anthropic", "claude-opus-4-1-20250805")->output_usd >
        models->price("anthropic", "claude-opus-4-6")->output_usd);
  CHECK(models->price("openai", "gpt-4o-audio-preview") == nullptr);
  CHECK(models->price("anthropic", "gpt-4.1") == nullptr);
  CHECK(models->price("openai", "llama3") == nullptr);
  for (const auto& price : models->prices) {
    CAPTURE(price.model);
    CHECK(price.input_usd > 0);
    CHECK(price.cached_input_usd < price.input_usd);
    CHECK(price.cache_write_usd >= price.input_usd);
    CHECK(price.output_usd > price.input_usd);
  }
}

TEST_CASE(
    "config::resources: the tables of a marketplace fall under the category where an analyst looks for "
    "them") {
  const auto domain = domain_called("marketplace");
  REQUIRE(domain.categories.size() == 10);
  static constexpr std::array names{"User Analytics & Engagement",    "Sales & Revenue Analytics",
                                    "Partner & Seller Management",    "Product & Category Management",
                                    "RFQ & Quotation Management",     "Purchase Order & Deal Management",
                                    "Payment & Financial Analytics",  "Delivery & Logistics",
                                    "Equipment & Factory Management", "Subscription & Service Management"};
  enum Function { user, sales, partner, product, rfq, deal, payment, delivery, factory, service };
  struct Case {
    const char* table;
    const char* comment;
    Function function;
  };
  static constexpr std::array cases{
      Case{"TB_USER", "", user},
      Case{"TB_SESSION", "", user},
      Case{"TB_EVENT_LOG", "", user},
      Case{"TB_CART_ITEM", "Products put into the cart", user},
      Case{"TB_USER_ADDRESS", "Delivery addresses that users have saved", user},
      Case{"TB_USER_FAVORITE", "Products that users have marked", user},
      Case{"tb_statistics_user", "고객 통계 정보", user},
      Case{"TB_ORDER", "Orders of standard products in the shop", sales},
      Case{"TB_ORDER_ITEM", "Lines of the orders, one per product", sales},
      Case{"TB_ORDER_STATUS_LOG", "Every change of an order's status", sales},
      Case{"TB_COUPON", "Discount codes", sales},
      Case{"TB_SALES_DAILY_STATISTICS", "Trade of the shop by day", sales},
      Case{"tb_oem_market_order", "주문 테이블", sales},
      Case{"TB_PARTNER", "", partner},
      Case{"TB_SELLER", "Stores in the shop; each belongs to a partner", partner},
      Case{"TB_PARTNER_REVIEW", "Ratings of partners by buyers", partner},
      Case{"TB_PARTNER_MONTHLY_STATISTICS", "", partner},
      Case{"TB_PRODUCT", "Standard products that sellers offer in the shop", product},
      Case{"TB_CATEGORY", "Product categories, two levels", product},
      Case{"TB_INVENTORY", "", product},
      Case{"TB_REVIEW", "", product},
      Case{"TB_PRODUCT_REVIEW", "Ratings of products by buyers", product},
      Case{"tb_market_category", "마켓 상품 카테고리", product},
      Case{"TB_RFQ", "Requests for quotation: parts to be made to drawing", rfq},
      Case{"TB_RFQ_INVITATION", "Which partners were asked to quote for which request", rfq},
      Case{"TB_QUOTATION", "Offers of partners for a request", rfq},
      Case{"TB_PURCHASE_ORDER", "Purchase orders: accepted offers", deal},
      Case{"TB_PURCHASE_ORDER_STATUS_LOG", "", deal},
      Case{"TB_DEAL", "Deals that the sales team follows up, one per larger request", deal},
      Case{"tb_purchase_order", "발주서", deal},
      Case{"TB_PAYMENT", "Payments of buyers, failed attempts included", payment},
      Case{"TB_INVOICE", "", payment},
      Case{"TB_TAX_INVOICE", "Tax invoices for payments", payment},
      Case{"TB_REFUND", "Money paid back to buyers", payment},
      Case{"TB_SETTLEMENT", "Monthly payouts to partners", payment},
      Case{"tb_payment_method", "구독결제수단", payment},
      Case{"TB_SHIPMENT", "Shipments, one per order or purchase order", delivery},
      Case{"TB_SHIPMENT_EVENT", "Scans of shipments on their way", delivery},
      Case{"TB_DELIVERY", "", delivery},
      Case{"TB_CARRIER", "Companies that carry goods", delivery},
      Case{"tb_market_order_address", "마켓 주문 배송정보", delivery},
      Case{"tb_user_delivery", "고객 배송지 정보", delivery},
      Case{"TB_EQUIPMENT", "Machines in the factories", factory},
      Case{"TB_EQUIPMENT_USAGE_LOG", "", factory},
      Case{"TB_FACTORY", "Factories of partners", factory},
      Case{"tb_partner_equipment", "파트너 보유장비", factory},
      Case{"TB_SUBSCRIPTION", "Subscriptions of partners, past ones included", service},
      Case{"TB_SUBSCRIPTION_INVOICE", "Invoices of subscriptions, one per 30 days", service},
      Case{"TB_PLAN", "Plans that partners can subscribe to", service},
      Case{"TB_SERVICE_TICKET", "Questions and complaints to the service desk", service},
      Case{"tb_subscribe_partner", "파트너구독정보", service},
  };
  std::set<std::string> reached;
  for (const auto& c : cases) {
    CAPTURE(c.table);
    const auto category = kpi::model::category_of(domain, {c.table, c.comment});
    CHECK(category == names.at(c.function));
    reached.insert(category);
  }
  for (const char* name : names) CHECK(reached.contains(name));
}

TEST_CASE("config::resources: every category of every domain is reached by each of its own terms") {
  for (const char* name : {"marketplace", "ecommerce", "saas"}) {
    const auto domain = domain_called(name);
    for (const auto& category : domain.categories) {
      std::size_t reached = 0;
      for (const auto& term : category.terms) {
        if (kpi::model::category_of(domain, {term}) == category.name) ++reached;
      }
      CAPTURE(category.name);
      CHECK(reached * 10 >= category.terms.size() * 9);  // a short term may stand inside another's longer one
    }
    CHECK(kpi::model::category_of(domain, {"zzz_unheard_of"}) == kpi::model::general_category);
  }
}

TEST_CASE("config::resources: a domain says what values stand for and what columns are called") {
  const auto saas = domain_called("saas");
  const auto* status = kpi::model::value_meanings(saas, "subscriptions", "status");
  REQUIRE(status != nullptr);
  CHECK(status->values.front() == std::pair<std::string, std::string>{"trialing", "on trial"});
  CHECK(kpi::model::value_meanings(saas, "tickets", "status") == nullptr);
  const auto* mrr = kpi::model::display_name(saas, "accounts", "mrr_cents");
  REQUIRE(mrr != nullptr);
  CHECK(mrr->name == "Monthly Recurring Revenue");
  CHECK(kpi::model::display_name(saas, "accounts", "name") == nullptr);
}

TEST_CASE("config::resources: a domain is a name that is there, or a file") {
  const auto unknown = kpi::config::read_domain(source, "marketplaces");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code == "config.value");
  CHECK(contains(unknown.error().line(), "ecommerce, marketplace, saas"));
  CHECK_FALSE(kpi::config::read_domain(source, "../domains/saas").has_value());
  CHECK_FALSE(kpi::config::read_domain(source, "").has_value());
  const auto missing = kpi::config::read_domain(source, "missing.yaml");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == "config.unreadable");
  const Workspace place;
  place.write("own.yml", "name: own\ncategories:\n  - {name: All, terms: [a]}\n");
  CHECK(kpi::config::read_domain(source, (place.folder() / "own.yml").string()).has_value());
}

TEST_CASE("config::resources: what is wrong with a file is said with its line and key") {
  struct Case {
    const char* text;
    const char* place;
    const char* says;
  };
  static constexpr std::array domains{
      Case{"", ":1:", "must be a map"},
      Case{"description: x\ncategories: [{name: a, terms: [b]}]\n", ":1:", "name is missing"},
      Case{"name: x\n", ":1:", "categories is missing"},
      Case{"name: x\ncategories:\n  - name: a\n    term: [b]\n", ":3:", "terms is missing"},
      Case{"name: x\ncategories:\n  - {name: a, terms: [b]}\n  - {name: a, terms: [c]}\n", ":4:", "twice"},
      Case{"name: x\ncategories:\n  - {name: a, terms: [b, [c]]}\n", ":3:", "list of words"},
      Case{"name: x\ncategories:\n  - {name: a, terms: ['--']}\n", ":3:", "letters or digits"},
      Case{"name: x\ncategories: [{name: a, terms: [b]}]\ncurency: USD\n", ":3:", "did you mean currency?"},
      Case{"name: x\ncategories: [{name: a, terms: [b]}]\ncurrency: usd\n", ":3:", "capital letters"},
      Case{"name: [x]\ncategories: [{name: a, terms: [b]}]\n", ":1:", "name must be text"},
  };
  for (const auto& c : domains) {
    CAPTURE(c.text);
    const Workspace place;
    place.write("d.yaml", c.text);
    const auto domain = kpi::config::read_domain(source, (place.folder() / "d.yaml").string());
    REQUIRE_FALSE(domain.has_value());
    CAPTURE(domain.error().line());
    CHECK(domain.error().code == "config.invalid");
    CHECK(contains(domain.error().line(), "d.yaml" + std::string(c.place)));
    CHECK(contains(domain.error().line(), c.says));
  }
  const Workspace place;
  place.write("scoring.yaml", "components:\n  - component: a\n    weight: -1\n");
  CHECK(contains(kpi::config::read_scoring(place.folder() / "scoring.yaml").error().line(),
                 ":3: components[0].weight"));
  place.write("scoring.yaml", "components: []\n");
  CHECK_FALSE(kpi::config::read_scoring(place.folder() / "scoring.yaml").has_value());
  place.write("models.yaml",
              "dated: x\ndefault_openai_model: a\ndefault_anthropic_model: b\nopenai:\n  - models: [a]\n    "
              "input_usd: 1\n");
  CHECK(contains(kpi::config::read_models(place.folder() / "models.yaml").error().line(),
                 "output_usd is missing"));
  place.write("policy.yaml", "postgres_functions: [abs]\n");
  CHECK(contains(kpi::config::read_sql_policy(place.folder() / "policy.yaml").error().line(),
                 "sqlite_functions"));
}
