"""What the shop knows: nouns, catalogue, help pages, orders and the graph that joins them."""
