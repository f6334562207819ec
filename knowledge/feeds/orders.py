"""Orders, as rows of the shop's own format."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from knowledge.domain import Order, OrderItem, ProductId, RowProblem
from knowledge.feeds.checking import Numbered, checked, once_each
from knowledge.feeds.fields import count_of, currency_of, filled, identifier, price_of, required_text, text_of, time_of
from knowledge.feeds.rows import JsonRow, RowError, json_rows


def read_orders(file: Path) -> Iterator[Order | RowProblem]:
    """Orders of a JSONL feed in its order; the later of two equal ids is a problem. Raises FeedError."""
    return once_each(file, numbered_orders(file), lambda order: order.order_id, "order_id")


def numbered_orders(file: Path) -> Numbered[Order]:
    """The same with the line on which each stands, and with those whose id stood there before."""
    return checked(file, json_rows(file), order_from_row)


def order_from_row(row: Mapping[str, object]) -> Order:
    """An order from a row of the format. Raises RowError."""
    email = text_of(row, "email")
    postcode = text_of(row, "postcode")
    if not email and not postcode:
        raise RowError("has neither email nor postcode, by which a shopper proves that it is theirs; give one")
    placed_at, delivered_at = time_of(row, "placed_at"), time_of(row, "delivered_at")
    if placed_at and delivered_at and delivered_at < placed_at:
        raise RowError(f"delivered_at {delivered_at.isoformat()} is before placed_at {placed_at.isoformat()}")
    return Order(
        order_id=identifier(row, "order_id"),
        customer_id=text_of(row, "customer_id"),
        email=email,
        postcode=postcode,
        state=required_text(row, "state").lower(),
        placed_at=placed_at,
        delivered_at=delivered_at,
        currency=currency_of(row),
        items=_items(row.get("items")),
        carrier=text_of(row, "carrier"),
        tracking=text_of(row, "tracking"),
    )


def order_to_row(order: Order) -> JsonRow:
    """The row from which `order_from_row` makes this order again."""
    return filled(
        {
            "order_id": order.order_id,
            "customer_id": order.customer_id,
            "email": order.email,
            "postcode": order.postcode,
            "state": order.state,
            "placed_at": order.placed_at.isoformat() if order.placed_at else None,
            "delivered_at": order.delivered_at.isoformat() if order.delivered_at else None,
            "currency": order.currency,
            "items": [
                filled({"product_id": item.product_id, "quantity": item.quantity, "price": item.price})
                for item in order.items
            ],
            "carrier": order.carrier,
            "tracking": order.tracking,
        }
    )


def _items(value: object) -> tuple[OrderItem, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RowError(f'items is {type(value).__name__}; write a list of {{"product_id", "quantity", "price"}}')
    items = []
    for position, cells in enumerate(value, start=1):
        if not isinstance(cells, dict):
            raise RowError(f'item {position} is {type(cells).__name__}; write {{"product_id", "quantity", "price"}}')
        quantity = count_of(cells, "quantity")
        if quantity == 0:
            raise RowError(f"item {position} has quantity 0; leave it out")
        product_id = ProductId(identifier(cells, "product_id"))
        items.append(OrderItem(product_id, quantity or 1, price_of(cells, "price", "")[0]))
    return tuple(items)
