"""The benchmarks: Portico beside a bare ASGI application, stock Connexion, Starlette, FastAPI and fastapi-users.

`python -m benchmarks` measures everything in one interleaved run and writes RESULTS.md. It asserts no figure, only that
every answer is right: a wrong answer stops the run.

    variants/     the applications that are compared
    api           the requests and right answers of an application
    serve         serves one application on a port of its own; `server` starts it
    worker        runs one application without sockets; `workers` starts it
    measures/     one module per measurement, each with a function `measure`
    report        renders the figures as tables
"""
