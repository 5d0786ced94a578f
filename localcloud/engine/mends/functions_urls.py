"""Lambda: function URLs have addresses that answer."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.lambda_svc import Lambda, lambda_svc
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Context, Function, Record, Response, mend


@mend("lambda.url_addresses")
def urls_have_addresses(context: Context) -> None:
    """Give each function URL the address that our gateway serves it at, for GetAtt FunctionUrl as well.

    AWS's answer is an address that works. MiniStack names a host under on.aws, which resolves
    nowhere here, and takes any AuthType and InvokeMode.
    """
    urls = lambda_svc.function_urls
    key_of = lambda_svc.url_config_key
    refuse = responses.error_response_json
    base = context.settings.function_urls

    def problem(data: Record) -> Response | None:
        for member, values in (
            ("AuthType", ("NONE", "AWS_IAM")),
            ("InvokeMode", ("BUFFERED", "RESPONSE_STREAM")),
        ):
            value = data.get(member)
            if value is not None and value not in values:
                refusal: Response = refuse(
                    "ValidationException",
                    f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
                    f"constraint: Member must satisfy enum value set: [{', '.join(values)}]",
                    400,
                )
                return refusal
        return None

    @Lambda.create_function_url_config.wrap
    def _(before: Function) -> Function:
        def create(name: str, data: Record, qualifier: str | None) -> Any:
            wrong = problem(data)
            if wrong is not None:
                return wrong
            answer = before(name, data, qualifier)
            if answer[0] != 201 or not base:
                return answer
            config = urls[key_of(name, qualifier)]
            url_id = config["FunctionUrl"].partition("://")[2].partition(".")[0]
            config["FunctionUrl"] = f"{base}/{url_id}/"
            return responses.json_response(config, status=201)

        return create

    @Lambda.update_function_url_config.wrap
    def _(before: Function) -> Function:
        def update(name: str, data: Record, qualifier: str | None) -> Any:
            return problem(data) or before(name, data, qualifier)

        return update
