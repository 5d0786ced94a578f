"""Lists the packages, which lie in this folder itself; pyproject.toml declares the rest."""

from tempfile import TemporaryDirectory

from setuptools import find_packages, setup

# Built elsewhere: a copy of the package in its own folder would be found as modules, and one of an earlier
# build may hold modules that are gone.
with TemporaryDirectory() as folder:
    setup(
        packages=["localcloud", *(f"localcloud.{name}" for name in find_packages())],
        options={"build": {"build_base": folder}, "egg_info": {"egg_base": folder}},
    )
