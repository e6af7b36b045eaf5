def test_smoke(client):
    assert client.get("/health/live").json() == {"status": "ok"}
