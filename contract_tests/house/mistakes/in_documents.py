"""Mistakes in the document of a door, each with the one line that tells of it."""

from house.mistakes.porch import BE_SEEN, COME_IN, LEAVE, SIGN_UP, Edit, cut, swap, whole

NOT_OPENAPI = "is not OpenAPI 3.0: "
OPERATION_ID = "operationId must be porch and the name of a function, as porch.name"

IN_THE_DOCUMENT: dict[str, tuple[Edit, str]] = {
    # ------------------------------------------------------------ it is YAML, and no more than JSON
    "empty": (whole(""), "spec/porch.yaml: is empty"),
    "a list": (whole("- porch\n"), "spec/porch.yaml: is no mapping of names"),
    "a tab": (swap("  title:", "\ttitle:"), "spec/porch.yaml, line 3: not YAML: a tab cannot indent"),
    "two documents": (
        swap("info:", "---\ninfo:"),
        "spec/porch.yaml, line 2: not YAML: expected a single document in the stream but found another document",
    ),
    "no such anchor": (swap("*session", "*sesion"), "spec/porch.yaml, line 91: not YAML: found undefined alias"),
    "an anchor in itself": (swap("security: []", "security: &a [*a]"), "spec/porch.yaml: an anchor holds itself"),
    "a key twice": (
        swap("      summary: Come in\n", "      summary: Come in\n      summary: Come\n"),
        "spec/porch.yaml, line 48: the key summary stands twice in one mapping",
    ),
    "a key that is no text": (
        swap("'201':", "201:"),
        "spec/porch.yaml, line 34: the key 201 is of type int to YAML: quote it",
    ),
    "a date": (
        swap("example: Ada\n", "example: 2026-11-26\n"),
        "spec/porch.yaml, line 148: 2026-11-26 is of type timestamp to YAML: quote it",
    ),
    "a tag of its own": (
        swap("example: Ada\n", "example: !ada Ada\n"),
        "spec/porch.yaml, line 148: !ada is more than JSON can say",
    ),
    # ------------------------------------------------------------ it is OpenAPI
    "no info": (cut("info:\n", "servers:"), f"spec/porch.yaml: {NOT_OPENAPI}info is missing"),
    "no paths": (cut("paths:\n", "components:"), f"spec/porch.yaml: {NOT_OPENAPI}paths is missing"),
    "another version": (
        swap("3.0.4", "3.1.0"),
        rf'spec/porch.yaml: openapi: {NOT_OPENAPI}"3.1.0" does not match "^3\.0\.\d(-.+)?$"',
    ),
    "no responses": (cut("      responses:\n", "  /porch/session:"), f"{SIGN_UP}{NOT_OPENAPI}responses is missing"),
    "an unknown keyword": (
        swap("summary: Come in", "sumary: Come in"),
        f"{COME_IN}{NOT_OPENAPI}sumary may not stand here",
    ),
    "an unknown keyword of a schema": (
        swap("maxLength: 254", "maxlength: 254"),
        (
            "spec/porch.yaml: components.schemas.PorchCredentials.properties.email: "
            f"{NOT_OPENAPI}maxlength may not stand here"
        ),
    ),
    "a wrong type": (swap("tags: [porch]", "tags: porch"), f"{SIGN_UP}tags: {NOT_OPENAPI}must be of type array"),
    "an unknown type": (
        swap("{type: integer", "{type: int"),
        (
            f"{BE_SEEN}parameters.0.schema.type: {NOT_OPENAPI}"
            "must be one of array, boolean, integer, number, object, string"
        ),
    ),
    "a parameter of nowhere": (
        swap("in: query", "in: querry"),
        f"{BE_SEEN}parameters.0.in: {NOT_OPENAPI}querry is none that OpenAPI knows",
    ),
    "a path parameter that is not required": (
        swap("in: query", "in: path"),
        f"{BE_SEEN}parameters.0: {NOT_OPENAPI}required is missing",
    ),
    "a path without a slash": (
        swap("/porch/accounts:", "porch/accounts:"),
        f"spec/porch.yaml: paths: {NOT_OPENAPI}porch/accounts may not stand here",
    ),
    "a default that is none": (
        swap("maximum: 3}", "maximum: 3, default: 4}"),
        f"{BE_SEEN}parameters.0.schema: the default is not what the schema allows",
    ),
    "no components": (
        cut("components:\n", ""),
        (
            f"{SIGN_UP}requestBody.content.application/json.schema: "
            "#/components/schemas/PorchRegistration leads to nothing in this document"
        ),
    ),
    "a reference to nothing": (
        swap("schemas/PorchToken'", "schemas/PorchTokn'"),
        (
            "spec/porch.yaml: components.responses.PorchCameIn.content.application/json.schema: "
            "#/components/schemas/PorchTokn leads to nothing in this document"
        ),
    ),
    "a reference to another file": (
        swap("'#/components/schemas/PorchToken'", "'tokens.yaml#/PorchToken'"),
        (
            "spec/porch.yaml: components.responses.PorchCameIn.content.application/json.schema: "
            "tokens.yaml#/PorchToken leads to nothing in this document"
        ),
    ),
    "a schema in itself": (
        swap(
            "        email: *email\n        name: *name\n",
            "        email: {$ref: '#/components/schemas/PorchAccount'}\n",
        ),
        f"{SIGN_UP}responses.201: #/components/schemas/PorchAccount holds itself, which cannot be compiled",
    ),
    # ------------------------------------------------------------ its names
    "no operationId": (
        swap("      operationId: porch.come_in\n", ""),
        (
            "spec/porch.yaml: POST /porch/session: "
            "operationId is missing; it is porch and the name of the function, as porch.name"
        ),
    ),
    "an operationId of another door": (
        swap("operationId: porch.come_in", "operationId: appseed.login"),
        f"spec/porch.yaml: POST /porch/session (appseed.login): {OPERATION_ID}",
    ),
    "an operationId without a function": (
        swap("operationId: porch.come_in", "operationId: porch"),
        f"spec/porch.yaml: POST /porch/session (porch): {OPERATION_ID}",
    ),
    "an operationId twice": (
        swap("operationId: porch.come_in", "operationId: porch.sign_up"),
        (
            "spec/porch.yaml: POST /porch/session (porch.sign_up): "
            "another operation is porch.sign_up; where one function serves both, add a word, as porch.sign_up.twin"
        ),
    ),
    "a component of any name": (
        lambda text: text.replace("PorchToken", "Token"),
        "spec/porch.yaml: components.schemas.Token: the name of a component begins with its door's, as PorchToken",
    ),
    "a path of another": (
        swap("/porch/accounts:", "/health/live:"),
        "spec/porch.yaml and spec/service.yaml both have the path /health/live",
    ),
    "a tag of another": (
        swap("name: porch", "name: service"),
        "spec/porch.yaml and spec/service.yaml both have the tag service",
    ),
    "an extension that is misspelt": (
        swap("      summary: Come in", "      x-portico-unles: [strict]\n      summary: Come in"),
        f"{COME_IN}x-portico-unles means nothing here",
    ),
    "an extension that is a text": (
        swap("      summary: Come in", "      x-portico-unsafe: 'true'\n      summary: Come in"),
        f"{COME_IN}x-portico-unsafe takes a bool",
    ),
    "an unknown policy": (
        swap("x-portico-policy: new-password", "x-portico-policy: new-pasword"),
        (
            "spec/porch.yaml: components.schemas.PorchRegistration.properties.password: "
            "x-portico-policy names new-pasword, which nothing is"
        ),
    ),
    "an unknown circumstance": (
        swap("      summary: Come in", "      x-portico-unless: [strickt]\n      summary: Come in"),
        f"{COME_IN}x-portico-unless names strickt, which nothing is",
    ),
    "a circumstance that is no list": (
        swap("      summary: Come in", "      x-portico-unless: strict\n      summary: Come in"),
        f"{COME_IN}x-portico-unless takes a list",
    ),
    # ------------------------------------------------------------ its parameters and its security
    "a path parameter nobody describes": (
        swap("/porch/accounts:", "/porch/{kind}:"),
        (
            "spec/porch.yaml: POST /porch/{kind} (porch.sign_up): "
            "the path parameter 'kind' is missing in the parameters of the operation"
        ),
    ),
    "a path parameter that is not in the path": (
        swap("in: query", "in: path\n          required: true"),
        f"{BE_SEEN}the path parameter 'times' is missing in its path",
    ),
    "a parameter called as the house's": (
        swap("name: times", "name: user"),
        f"{BE_SEEN}a parameter cannot be called user, which the house gives a handler",
    ),
    "two parameters that are one argument": (
        swap(
            "      parameters:\n",
            "      parameters:\n        - {name: times, in: header, schema: {type: integer}}\n",
        ),
        f"{BE_SEEN}two parameters would be the argument times of its handler",
    ),
    "no securitySchemes": (
        cut("  securitySchemes:", "  schemas:"),
        f"{BE_SEEN}needs PorchBearer, which is none of components.securitySchemes",
    ),
    "a scheme nobody has": (
        swap("- PorchBearer: []", "- PorchBarer: []"),
        f"{BE_SEEN}needs PorchBarer, which is none of components.securitySchemes",
    ),
    "no security function": (
        cut("      x-bearerInfoFunc", "\n  schemas:"),
        f"{BE_SEEN}a security scheme names no x-bearerInfoFunc",
    ),
    "a security function that is not there": (
        swap("porch.session\n", "porch.sesion\n"),
        f"{BE_SEEN}x-bearerInfoFunc: there is no function portico.handlers.porch.sesion",
    ),
    "a security function that is another": (
        swap("handlers.porch.session", "handlers.porch.refuse"),
        (
            f"{BE_SEEN}x-bearerInfoFunc: portico.handlers.porch.refuse must be an async function of one argument, "
            "the credential"
        ),
    ),
    # ------------------------------------------------------------ its answers
    "no 500": (
        swap("        '500': {$ref: '#/components/responses/PorchBroken'}\n", ""),
        f"{SIGN_UP}the answer to Broken is not in the contract: status 500 is not documented",
    ),
    "no 400": (
        swap("        '400': {$ref: '#/components/responses/PorchTwice'}\n", ""),
        f"{LEAVE}the answer to Malformed is not in the contract: status 400 is not documented",
    ),
    "no 401": (
        swap("        '401': {$ref: '#/components/responses/PorchNoSession'}\n", ""),
        f"{BE_SEEN}the answer to TokenMissing is not in the contract: status 401 is not documented",
    ),
    "no 408": (
        swap("        '408': {$ref: '#/components/responses/PorchTooSlow'}\n", ""),
        f"{SIGN_UP}the answer to TooSlow is not in the contract: status 408 is not documented",
    ),
    "another envelope": (
        swap("required: [refused]", "required: [refusal]"),
        f"{SIGN_UP}the answer to Broken is not in the contract: 500: / breaks required",
    ),
}
