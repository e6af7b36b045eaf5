"""The benchmarks: Portico beside a bare ASGI application, stock Connexion, Starlette, FastAPI and fastapi-users.

`python -m benchmarks` measures everything in one interleaved run and writes RESULTS.md. Nothing here is asserted but
that every answer is right: a wrong one stops the run.

    variants/     the applications, and how one speaks to them
    serve         one of them on a port of its own; worker: one of them without sockets
    measures/     what is measured: each module has one `measure`
    report        the figures as tables
"""
