"""The OpenAPI document of an API, where a template names an object instead of writing it out."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.s3 import s3


def with_body(properties: dict[str, Any]) -> dict[str, Any]:
    """Return an API's properties with the document that ``BodyS3Location`` names as their ``Body``.

    As on AWS, intrinsic functions in it stay what they are: the object is no template.

    Raises
    ------
    ValueError
        There is no such object, or it is no document.
    """
    location = properties.get("BodyS3Location")
    if not isinstance(location, dict):
        return properties
    import yaml  # noqa: PLC0415 - few templates name an object

    bucket, key = str(location.get("Bucket")), str(location.get("Key"))
    data = s3.get_object_data(bucket, key, location.get("Version"))
    if data is None:
        raise ValueError(f"BodyS3Location: there is no object s3://{bucket}/{key}")
    try:
        body = yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise ValueError(f"BodyS3Location: s3://{bucket}/{key} is neither JSON nor YAML: {error}") from None
    if not isinstance(body, dict):
        raise ValueError(f"BodyS3Location: s3://{bucket}/{key} is no OpenAPI document")
    others = {name: value for name, value in properties.items() if name != "BodyS3Location"}
    return {**others, "Body": body}
