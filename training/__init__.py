"""From what the shop and its journal hold to fitted models, and the proof that they are good."""
