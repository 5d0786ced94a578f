"""What ``sam build`` does to code before it is packaged: dependencies installed, layers laid out.

Nothing is written into the user's folders: what is built is a folder of its own, in a cache on this machine.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-lambda-functions.html
"""

from localcloud.stack.building.builder import Builder
from localcloud.stack.building.published import elsewhere, foreign_layer
from localcloud.stack.building.recipes import FUNCTIONS, METHODS, Built, Recipe, recipe_of, watched

__all__ = [
    "FUNCTIONS",
    "METHODS",
    "Builder",
    "Built",
    "Recipe",
    "elsewhere",
    "foreign_layer",
    "recipe_of",
    "watched",
]
