"""Plain words from which canaries, host names and repeated words are drawn."""

from random import Random

_WORDS = """
    amber anchor apron arbour artist attic autumn bacon badger bakery balcony bamboo banjo
    barrel basket beacon beetle bishop blanket blossom border bottle bramble breeze bridge
    bronze bucket butter button cabin cactus camel candle canoe canyon carpet castle cedar
    cellar cherry chimney cinnamon circus clover cobalt coconut comet copper coral cottage
    cotton cricket crimson crystal curtain cushion daisy dolphin donkey dragon drawer drummer
    eagle easel ember engine falcon feather fennel ferry fiddle finch fjord flannel flute forest
    fossil fountain galaxy garden garlic gazebo ginger glacier gondola granite hammer hammock
    harvest hazel hedgehog helmet heron hornet igloo indigo island ivory jasmine jigsaw juniper
    kettle kitten ladder lagoon lantern lavender lemon lizard lobster lumber magnet mallet mango
    maple marble meadow melon mirror mitten monsoon mosaic mustard nectar needle nutmeg oboe
    olive onion orchard otter oyster paddle panther paper parrot pebble pelican pepper piano
    pigeon pillow pinecone planet plaza poppy prairie pumpkin puzzle quarry quilt rabbit radish
    raven ribbon river rocket saddle saffron salmon sandal satchel scarlet shovel silver skylark
    slipper sparrow spider spruce squirrel stable sunset tailor teapot thimble thistle tiger
    timber toffee trumpet tulip tunnel turnip turtle umbrella valley vanilla velvet violin
    walnut walrus whistle willow window winter wizard yarrow zebra zeppelin
"""

WORDS: tuple[str, ...] = tuple(_WORDS.split())

COMMON: tuple[str, ...] = (
    "company", "poem", "book", "send", "make", "part", "know", "work", "change", "house", "water",
    "green", "music", "table", "happy", "paper", "light", "money", "river", "seven",
)  # fmt: skip


def phrase(rng: Random, count: int = 3) -> str:
    """Return `count` different lower-case words, joined by spaces."""
    return " ".join(rng.sample(WORDS, count))
