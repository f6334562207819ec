"""Utterances of three intents and of none, which a tiny encoder knows the words of."""

from knowledge.domain import Utterance

ASKS = {
    "order_status": "where is my {}|has my {} been sent|track the {}|my {} is late|when does my {} come",
    "return_policy": "can i return {}|how to send {} back|return of opened {}|is {} returnable|give back {}",
    "delivery_info": "what does delivery of {} cost|is shipping {} free|time to ship {}|express for {}|ship {} far",
}
ODD = "weather in {}|poem about {}|stock price of {}|cook a {} soup|how tall is {}"
THINGS = ("order", "parcel", "kettle", "shoes")


def written(label: str, patterns: str) -> list[Utterance]:
    return [Utterance(p.format(thing), label, "en") for p in patterns.split("|") for thing in THINGS]


IN_SCOPE = [utterance for label, patterns in ASKS.items() for utterance in written(label, patterns)]
OUT_OF_SCOPE = written("oos", ODD)
