"""A whole journey of each door with the clients of OpenAPI Generator."""

import json
from collections.abc import Callable

import appseed_api
import mobile_api
import notes_api
import owners_api
import vault_api
from mailed import PASSWORD, Mailed, go, new_email

DOORS = (appseed_api, vault_api, mobile_api, owners_api, notes_api)
FORM = "application/x-www-form-urlencoded"  # of several media types the generator takes JSON, whatever it has to send
REFUSALS = tuple(door.ApiException for door in DOORS)


def refused(request: Callable[..., object], *arguments: object, **named: object) -> tuple[int, object]:
    """Status and answer of a request that must be refused."""
    try:
        answer = request(*arguments, **named)
    except REFUSALS as refusal:
        return refusal.status, json.loads(refusal.body)
    raise AssertionError(f"{answer} was answered")


def appseed(url: str, mailed: Mailed) -> None:
    email = new_email()
    api = appseed_api.AppseedApi(appseed_api.ApiClient(appseed_api.Configuration(host=url)))
    person = appseed_api.AppseedRegistration(username="Ada", email=email, password=PASSWORD)
    user_id = api.appseed_register(person).user_id
    logged_in = api.appseed_login(appseed_api.AppseedCredentials(email=email, password=PASSWORD))
    assert logged_in.user.to_dict() == {"_id": user_id, "id": user_id, "username": "Ada", "email": email}

    with_token = appseed_api.Configuration(host=url, api_key={"AppseedToken": logged_in.token})
    session = appseed_api.AppseedApi(appseed_api.ApiClient(with_token))
    assert session.appseed_edit(appseed_api.AppseedChange(username="Ada Lovelace")).success
    assert session.appseed_check_session().success
    assert session.appseed_logout().success

    assert not session.appseed_check_session().success
    after = refused(session.appseed_edit, appseed_api.AppseedChange(username="Eve"))
    assert after == (401, {"success": False, "msg": "User is not logged on"})


def vault(url: str, mailed: Mailed) -> None:
    email = new_email()
    api = vault_api.VaultApi(vault_api.ApiClient(vault_api.Configuration(host=url)))
    api.vault_register(vault_api.VaultRegistration(email=email, password=PASSWORD, name="Ada"))
    api.vault_verify_email_post(vault_api.VaultVerification(token=mailed(email, "/api/verify-email/")))
    credentials = vault_api.VaultCredentials(email=email, password=PASSWORD)
    with_token = vault_api.Configuration(host=url, access_token=api.vault_login(credentials).user_token)
    session = vault_api.VaultApi(vault_api.ApiClient(with_token))
    assert session.vault_refresh_post().user_token

    api.vault_forgot_password(vault_api.VaultForgetting(email=email))
    token = mailed(email, "/api/reset-password?token=")
    api.vault_reset_password(vault_api.VaultReset(token=token, newPassword="another good passphrase"))

    assert refused(session.vault_refresh_post)[0] == 401
    assert refused(api.vault_login, credentials)[0] == 401


def mobile(url: str, mailed: Mailed) -> None:
    email = new_email()
    api = mobile_api.MobileApi(mobile_api.ApiClient(mobile_api.Configuration(host=url)))
    person = mobile_api.MobileRegistration(
        firstName="Ada",
        lastName="Lovelace",
        gender="female",
        contactNo="0401234567",
        age=mobile_api.MobileRegistrationAge(36),
        email=email,
        password=PASSWORD,
    )
    api.mobile_sign_up(person)
    token = api.mobile_login(mobile_api.MobileCredentials(email=email, password=PASSWORD)).token

    with_token = mobile_api.Configuration(host=url, api_key={"MobileToken": token})
    session = mobile_api.MobileApi(mobile_api.ApiClient(with_token))
    session.mobile_update(mobile_api.MobileChange(firstName="Augusta"))
    details = session.mobile_details()
    assert (details.first_name, details.age, details.email) == ("Augusta", "36", email)
    session.mobile_delete()

    assert refused(session.mobile_details) == (401, {"status": 401, "message": "Invalid token"})


def owners(url: str, mailed: Mailed) -> None:
    email = new_email()
    api = owners_api.OwnersApi(owners_api.ApiClient(owners_api.Configuration(host=url)))
    person = owners_api.OwnersNewOwner(firstname="Ada", lastname="Lovelace", email=new_email(), password=PASSWORD)
    owner = api.owners_create_owner(person)
    named = owners_api.OwnersNewApplication(owneruuid=str(owner.uuid), appname="engine")
    key = api.owners_create_application(named).api_key
    api.owners_sign_up(owners_api.OwnersNewUser(apikey=key, username="Charles", email=email, password=PASSWORD))
    credentials = owners_api.OwnersUserCredentials(apikey=key, email=email, password=PASSWORD)
    token = api.owners_sign_in_with_email(credentials).token
    assert token

    session = owners_api.OwnersApi(owners_api.ApiClient(owners_api.Configuration(host=url, access_token=token)))
    assert api.owners_is_logged_post(owners_api.OwnersToken(token=token)).auth
    assert session.owners_update_user(owners_api.OwnersUserChange(username="Babbage")).username == "Babbage"
    assert session.owners_user_data().username == "Babbage"

    api.owners_delete_application(owners_api.OwnersApplicationKey(apikey=key))
    assert refused(session.owners_user_data)[0] == 401
    ends = owners_api.OwnersDeletion(deletion_token=owner.deletion_token, uuid=str(owner.uuid))
    assert api.owners_delete_owner(ends).affected_rows == 1


def notes(url: str, mailed: Mailed) -> None:
    email = new_email()
    name = email.partition("@")[0]
    api = notes_api.NotesApi(notes_api.ApiClient(notes_api.Configuration(host=url)))
    api.notes_sign_up(username=name, password=PASSWORD, email=email, _content_type=FORM)
    credentials = {"username": name, "password": PASSWORD, "_content_type": FORM}
    assert refused(api.notes_login, **credentials)[0] == 406  # the address is not verified yet
    api.notes_verify(mailed(email, "/auth/verify?token="))
    tokens = api.notes_login(username=name, password=PASSWORD, _content_type=FORM).tokens

    def session(token: str) -> notes_api.NotesApi:
        return notes_api.NotesApi(notes_api.ApiClient(notes_api.Configuration(host=url, access_token=token)))

    assert session(tokens.access_token).notes_current().username == name
    renewed = api.notes_refresh(tokens.refresh_token, _content_type=FORM).tokens
    assert session(renewed.access_token).notes_current().username == name
    assert refused(session(tokens.refresh_token).notes_current) == (403, {"error": "Expired token"})


if __name__ == "__main__":
    go({"appseed": appseed, "vault": vault, "mobile": mobile, "owners": owners, "notes": notes})
