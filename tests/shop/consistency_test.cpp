// Each case is a condition that no row may meet.
#include "shop/built_shop.hpp"

#include <doctest/doctest.h>

#include <array>

using kpi::shop::test::Shop;
using kpi::shop::test::usual;

TEST_CASE("shop::write_sqlite: states and dates never disagree") {
  const Shop& shop = usual();
  struct Case {
    const char* table;
    const char* wrong;
  };
  static constexpr std::array cases{
      Case{"TB_USER",
           "(status = 3) <> (deleted_at IS NOT NULL) OR deleted_at < created_at OR last_login_at < "
           "created_at"},
      Case{"TB_PARTNER",
           "(status = 4) <> (deleted_at IS NOT NULL) OR (status IN (2, 4)) <> (approved_at IS NOT NULL) OR "
           "approved_at < created_at OR deleted_at < approved_at"},
      Case{"TB_SELLER", "is_active = (closed_at IS NOT NULL) OR closed_at < opened_at"},
      Case{"TB_PRODUCT",
           "(status = 'discontinued') <> (discontinued_at IS NOT NULL) OR discontinued_at < created_at OR "
           "(stock_quantity > 0 AND status <> 'on_sale')"},
      Case{"TB_ORDER",
           "(status = 6) <> (cancelled_at IS NOT NULL) OR (status = 5) <> (completed_at IS NOT NULL) OR "
           "(status BETWEEN 2 AND 5 AND paid_at IS NULL) OR (status = 1 AND paid_at IS NOT NULL) OR "
           "paid_at < created_at OR completed_at < paid_at OR cancelled_at < coalesce(paid_at, created_at)"},
      Case{"TB_ORDER",
           "total_amount <> item_amount - discount_amount + shipping_amount OR item_amount <> (SELECT "
           "sum(i.item_amount) FROM TB_ORDER_ITEM i WHERE i.order_id = TB_ORDER.order_id)"},
      Case{"TB_ORDER",
           "status <> (SELECT l.status FROM TB_ORDER_STATUS_LOG l WHERE l.order_id = TB_ORDER.order_id "
           "ORDER BY l.log_id DESC LIMIT 1)"},
      Case{"TB_ORDER_ITEM", "item_amount <> quantity * unit_price OR quantity < 1 OR unit_price < 1"},
      Case{"TB_RFQ",
           "(status IN (3, 4, 5)) <> (closed_at IS NOT NULL) OR closed_at < created_at OR (status = 3) <> "
           "EXISTS (SELECT 1 FROM TB_QUOTATION q WHERE q.rfq_id = TB_RFQ.rfq_id AND q.status = 'accepted')"},
      Case{"TB_RFQ_INVITATION",
           "responded_at < invited_at OR (responded_at IS NOT NULL) <> EXISTS (SELECT 1 FROM "
           "TB_QUOTATION q WHERE q.rfq_id = TB_RFQ_INVITATION.rfq_id AND q.partner_id = "
           "TB_RFQ_INVITATION.partner_id AND q.created_at = responded_at)"},
      Case{"TB_QUOTATION",
           "(status IN ('accepted', 'declined')) <> (decided_at IS NOT NULL) OR decided_at < created_at OR "
           "read_at < created_at OR decided_at < read_at"},
      Case{"TB_PURCHASE_ORDER",
           "(status = 6) <> (cancelled_at IS NOT NULL) OR (status = 5) <> (completed_at IS NOT NULL) "
           "OR (status BETWEEN 2 AND 5) <> (accepted_at IS NOT NULL) OR accepted_at < created_at OR "
           "completed_at < accepted_at OR (cancel_reason IS NULL) <> (cancelled_at IS NULL)"},
      Case{"TB_PURCHASE_ORDER",
           "(SELECT status FROM TB_QUOTATION q WHERE q.quotation_id = "
           "TB_PURCHASE_ORDER.quotation_id) <> 'accepted'"},
      Case{"TB_DEAL",
           "(stage IN ('won', 'lost')) <> (closed_at IS NOT NULL) OR closed_at < created_at OR (stage = "
           "'won') "
           "<> (partner_id IS NOT NULL)"},
      Case{"TB_PAYMENT",
           "(status IN (2, 4)) <> (paid_at IS NOT NULL) OR paid_at < created_at OR (status = 4) <> "
           "(refunded_amount > 0) OR refunded_amount > amount OR (order_id IS NULL) = "
           "(purchase_order_id IS NULL) OR (status = 3) <> (failure_code IS NOT NULL)"},
      Case{"TB_REFUND",
           "(status = 'completed') <> (completed_at IS NOT NULL) OR completed_at < requested_at"},
      Case{"TB_TAX_INVOICE", "(status = 2) <> (sent_at IS NOT NULL) OR sent_at < issued_at"},
      Case{"TB_SETTLEMENT",
           "(status = 'paid') <> (paid_at IS NOT NULL) OR payout_amount <> gross_amount - "
           "commission_amount"},
      Case{"TB_SHIPMENT",
           "(status = 1) <> (shipped_at IS NULL) OR (status IN (3, 4)) <> (delivered_at IS NOT NULL) OR "
           "(status = 4) <> (returned_at IS NOT NULL) OR shipped_at < created_at OR delivered_at < "
           "shipped_at OR returned_at < delivered_at OR (order_id IS NULL) = (purchase_order_id IS NULL)"},
      Case{"TB_EQUIPMENT",
           "(status = 'retired') <> (retired_on IS NOT NULL) OR retired_on < purchased_on OR (status = "
           "'maintenance') <> EXISTS (SELECT 1 FROM TB_EQUIPMENT_MAINTENANCE m WHERE m.equipment_id = "
           "TB_EQUIPMENT.equipment_id AND m.completed_at IS NULL)"},
      Case{"TB_EQUIPMENT_USAGE_LOG",
           "running_minutes + idle_minutes + down_minutes <> 960 OR idle_minutes < 0 OR "
           "defect_count > produced_count"},
      Case{"TB_EQUIPMENT_MAINTENANCE",
           "completed_at < started_at OR (completed_at IS NULL) <> (cost_amount IS NULL)"},
      Case{"TB_SUBSCRIPTION",
           "(status = 'cancelled') <> (cancelled_at IS NOT NULL) OR cancelled_at < started_at OR "
           "(cancelled_at IS NULL) <> (cancel_reason IS NULL) OR (status = 'trial' AND trial_ends_on "
           "< '2026-11-21')"},
      Case{"TB_SUBSCRIPTION_INVOICE", "(status = 2) <> (paid_at IS NOT NULL) OR paid_at < issued_at"},
      Case{"TB_SERVICE_TICKET",
           "(status = 'closed') <> (closed_at IS NOT NULL) OR (status = 'open') <> "
           "(first_response_at IS NULL) OR closed_at < first_response_at OR first_response_at < "
           "created_at OR satisfaction NOT BETWEEN 1 AND 5"},
      Case{"TB_PARTNER_REVIEW",
           "rating NOT BETWEEN 1 AND 5 OR quality_rating NOT BETWEEN 1 AND 5 OR delivery_rating NOT "
           "BETWEEN 1 AND 5 OR deleted_at < created_at"},
      Case{"TB_PRODUCT_REVIEW", "rating NOT BETWEEN 1 AND 5 OR deleted_at < created_at"},
      Case{"TB_CART_ITEM",
           "ordered_at < created_at OR removed_at < created_at OR (ordered_at IS NOT NULL AND removed_at "
           "IS NOT NULL)"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.wrong);
    CHECK_MESSAGE(shop.count(c.table, c.wrong) == 0, c.table);
  }
}

TEST_CASE("shop::write_sqlite: nothing happens before what it follows from") {
  const Shop& shop = usual();
  struct Case {
    const char* from;   ///< joined rows
    const char* wrong;  ///< a later thing before an earlier one
  };
  static constexpr std::array cases{
      Case{"TB_ORDER JOIN TB_USER u USING (user_id)",
           "TB_ORDER.created_at < u.created_at OR TB_ORDER.created_at >= u.deleted_at"},
      Case{"TB_ORDER JOIN TB_SELLER s USING (seller_id)",
           "created_at < opened_at OR created_at >= closed_at"},
      Case{"TB_ORDER JOIN TB_COUPON c USING (coupon_id)",
           "date(created_at) NOT BETWEEN valid_from AND valid_until"},
      Case{"TB_ORDER_ITEM JOIN TB_ORDER o USING (order_id) JOIN TB_PRODUCT p USING (product_id)",
           "o.created_at < p.created_at OR o.created_at >= p.discontinued_at OR o.seller_id <> p.seller_id "
           "OR quantity < "
           "minimum_quantity"},
      Case{"TB_PRODUCT p JOIN TB_SELLER s USING (seller_id)", "p.created_at < s.opened_at"},
      Case{"TB_SELLER s JOIN TB_PARTNER p USING (partner_id)", "s.opened_at < p.approved_at"},
      Case{"TB_RFQ r JOIN TB_USER u USING (user_id)",
           "r.created_at < u.created_at OR r.created_at >= u.deleted_at"},
      Case{"TB_QUOTATION q JOIN TB_RFQ r USING (rfq_id)", "q.created_at < r.created_at"},
      Case{"TB_QUOTATION q JOIN TB_RFQ r USING (rfq_id)",
           "q.status = 'accepted' AND (r.status <> 3 OR r.closed_at <> q.decided_at)"},
      Case{"TB_PURCHASE_ORDER o JOIN TB_QUOTATION q USING (quotation_id)",
           "o.created_at <> q.decided_at OR o.partner_id <> q.partner_id OR o.supply_amount <> q.amount + "
           "q.delivery_amount"},
      Case{"TB_PAYMENT p JOIN TB_ORDER o USING (order_id)",
           "p.created_at < o.created_at OR p.amount <> o.total_amount OR p.user_id <> o.user_id"},
      Case{"TB_PAYMENT p JOIN TB_PURCHASE_ORDER o USING (purchase_order_id)",
           "p.created_at < o.accepted_at OR p.amount <> o.total_amount OR p.user_id <> o.user_id"},
      Case{"TB_REFUND r JOIN TB_PAYMENT p USING (payment_id)",
           "r.requested_at < p.paid_at OR r.amount > p.amount"},
      Case{"TB_TAX_INVOICE i JOIN TB_PAYMENT p USING (payment_id)",
           "i.issued_at < p.paid_at OR i.supply_amount + i.tax_amount <> p.amount"},
      Case{"TB_SHIPMENT s JOIN TB_ORDER o USING (order_id)",
           "s.created_at < o.paid_at OR s.delivered_at IS NOT o.completed_at OR o.status = 6"},
      Case{"TB_SHIPMENT s JOIN TB_PURCHASE_ORDER o USING (purchase_order_id)",
           "s.created_at < o.accepted_at OR s.delivered_at IS NOT o.completed_at OR o.status = 6"},
      Case{"TB_SHIPMENT_EVENT e JOIN TB_SHIPMENT s USING (shipment_id)",
           "e.occurred_at < s.created_at OR (e.event_type = 'delivered' AND e.occurred_at <> s.delivered_at) "
           "OR "
           "(e.event_type = 'at_hub' AND e.occurred_at > s.delivered_at)"},
      Case{"TB_PRODUCT_REVIEW r JOIN TB_ORDER_ITEM i USING (order_item_id) JOIN TB_ORDER o USING (order_id)",
           "r.created_at < o.completed_at OR r.product_id <> i.product_id OR r.user_id <> o.user_id"},
      Case{"TB_PARTNER_REVIEW r JOIN TB_PURCHASE_ORDER o USING (purchase_order_id)",
           "r.created_at < o.completed_at OR r.partner_id <> o.partner_id"},
      Case{"TB_USER_ACTIVITY_LOG l JOIN TB_USER u USING (user_id)",
           "l.occurred_at < u.created_at OR l.occurred_at >= u.deleted_at"},
      Case{"TB_USER u",
           "last_login_at IS NOT (SELECT max(occurred_at) FROM TB_USER_ACTIVITY_LOG l WHERE l.user_id = "
           "u.user_id AND event_type = 'login')"},
      Case{"TB_EQUIPMENT_USAGE_LOG l JOIN TB_EQUIPMENT e USING (equipment_id)",
           "l.usage_date < e.purchased_on OR l.usage_date >= e.retired_on OR NOT is_connected"},
      Case{"TB_EQUIPMENT_MAINTENANCE m JOIN TB_EQUIPMENT e USING (equipment_id)",
           "m.started_at < e.purchased_on OR m.completed_at > e.retired_on"},
      Case{"TB_SUBSCRIPTION s JOIN TB_PARTNER p USING (partner_id)", "s.started_at < p.approved_at"},
      Case{"TB_SUBSCRIPTION_INVOICE i JOIN TB_SUBSCRIPTION s USING (subscription_id)",
           "i.issued_at < s.started_at OR i.issued_at >= s.cancelled_at"},
      Case{"TB_SERVICE_TICKET t JOIN TB_ORDER o USING (order_id)",
           "t.created_at < o.created_at OR t.user_id <> o.user_id"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.wrong);
    CHECK_MESSAGE(shop.count(c.from, c.wrong) == 0, c.from);
  }
}
