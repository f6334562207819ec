"""Catalogues of any size, the same for the same seed: products of twenty kinds with brands, texts and attributes."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

KINDS = {
    "Audio > Headphones": ("headphones", ("wired", "wireless"), "battery_life_h"),
    "Audio > Speakers": ("speaker", ("portable", "bookshelf"), "power_w"),
    "Computers > Laptops": ("laptop", ("slim", "gaming", "business"), "memory_gb"),
    "Computers > Monitors": ("monitor", ("curved", "flat"), "screen_in"),
    "Kitchen > Kettles": ("kettle", ("electric", "stovetop"), "capacity_l"),
    "Kitchen > Pans": ("frying pan", ("non-stick", "cast-iron"), "diameter_cm"),
    "Home > Lamps": ("desk lamp", ("dimmable", "clip-on"), "power_w"),
    "Home > Bedding": ("duvet", ("down", "cotton"), "weight_g"),
    "Garden > Hoses": ("garden hose", ("expandable", "rubber"), "length_m"),
    "Garden > Gloves": ("gardening gloves", ("leather", "nitrile"), "size"),
    "Sports > Tents": ("tent", ("two-person", "family"), "weight_kg"),
    "Sports > Mats": ("yoga mat", ("cork", "rubber"), "thickness_mm"),
    "Fashion > Jackets": ("rain jacket", ("lined", "packable"), "size"),
    "Fashion > Shoes": ("running shoes", ("trail", "road"), "size"),
    "Toys > Puzzles": ("jigsaw puzzle", ("wooden", "cardboard"), "pieces"),
    "Office > Paper": ("printer paper", ("recycled", "glossy"), "weight_g"),
    "Office > Chairs": ("office chair", ("mesh", "leather"), "load_kg"),
    "Beauty > Creams": ("hand cream", ("unscented", "rose"), "volume_ml"),
    "Pets > Beds": ("dog bed", ("washable", "raised"), "length_cm"),
    "Tools > Drills": ("cordless drill", ("compact", "hammer"), "voltage_v"),
}
BRANDS = [f"{first}{last}" for first in ("Bren", "Ost", "Kuv", "Pap", "Tarn", "Oll", "Sond") for last in ("vik", "ara")]
COLOURS = ("black", "white", "red", "blue", "green", "silver", "sand")
SENTENCES = (
    "People who travel a lot keep it within reach.",
    "It takes a rainy weekend to learn and years to wear out.",
    "The box holds what you need to start, and nothing else.",
    "Cleaning is done with a damp cloth.",
    "Spare parts are kept for ten years.",
    "It is quieter than the one before.",
    "Not made for outdoor use in winter.",
    "The handle was drawn for left hands too.",
)


def product_rows(n: int, seed: int = 0) -> Iterator[dict[str, object]]:
    """`n` rows of the shop's own format; each title, and so each text that is embedded, stands there once."""
    random = Random(seed)
    kinds = list(KINDS.items())
    for number in range(n):
        category, (noun, types, unit) = random.choice(kinds)
        brand, colour, type_ = random.choice(BRANDS), random.choice(COLOURS), random.choice(types)
        yield {
            "product_id": f"G-{number:06}",
            "title": f"{brand} {type_} {noun} {random.choice('ABCDEFGH')}{number}, {colour}",
            "brand": brand,
            "category": category,
            "description": " ".join(random.sample(SENTENCES, 4)),
            "price": round(random.uniform(3, 900), 2),
            "currency": "USD",
            "stock": random.randrange(0, 90),
            "rating": round(random.uniform(2.5, 5), 1),
            "n_ratings": random.randrange(1, 3000),
            "url": f"https://shop.example/p/{number}",
            "attributes": {"colour": colour, "type": type_, unit: random.randrange(1, 200)},
        }


def write_catalogue(file: Path, n: int, seed: int = 0) -> Path:
    with file.open("w", encoding="utf-8") as handle:
        handle.writelines(json.dumps(row) + "\n" for row in product_rows(n, seed))
    return file
