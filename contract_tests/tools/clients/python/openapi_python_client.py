"""A whole journey of each door with the clients of openapi-python-client."""

from appseed_client import AuthenticatedClient as AppseedSession
from appseed_client import Client as AppseedClient
from appseed_client.api.appseed import appseed_check_session, appseed_edit, appseed_login, appseed_logout, appseed_register
from appseed_client.models import (
    AppseedChange,
    AppseedCredentials,
    AppseedEditedAnswer,
    AppseedLoggedInAnswer,
    AppseedLoggedOutAnswer,
    AppseedRefusal,
    AppseedRegisteredAnswer,
    AppseedRegistration,
    AppseedSessionAnswer,
)
from mailed import PASSWORD, Mailed, answered, go, new_email
from mobile_client import AuthenticatedClient as MobileSession
from mobile_client import Client as MobileClient
from mobile_client.api.mobile import mobile_delete, mobile_details, mobile_login, mobile_sign_up, mobile_update
from mobile_client.models import (
    MobileCredentials,
    MobileDeletedAnswer,
    MobileDetailsAnswer,
    MobileLoggedInAnswer,
    MobileRefusal,
    MobileRegistration,
    MobileSignedUpAnswer,
    MobileUpdatedAnswer,
)
from notes_client import AuthenticatedClient as NotesSession
from notes_client import Client as NotesClient
from notes_client.api.notes import notes_current, notes_login, notes_refresh, notes_sign_up, notes_verify
from notes_client.models import (
    NotesCredentialsForm,
    NotesCurrentAnswer,
    NotesLoggedInAnswer,
    NotesRefreshedAnswer,
    NotesRefusal,
    NotesRegistrationForm,
    NotesRenewalForm,
    NotesSignedUpAnswer,
    NotesVerifiedAnswer,
)
from owners_client import AuthenticatedClient as OwnersSession
from owners_client import Client as OwnersClient
from owners_client.api.owners import (
    owners_create_application,
    owners_create_owner,
    owners_delete_application,
    owners_delete_owner,
    owners_is_logged_post,
    owners_sign_in_with_email,
    owners_sign_up,
    owners_update_user,
    owners_user_data,
)
from owners_client.models import (
    OwnersApplicationAnswer,
    OwnersApplicationDeletedAnswer,
    OwnersApplicationKey,
    OwnersDeletion,
    OwnersNewApplication,
    OwnersNewOwner,
    OwnersNewUser,
    OwnersNewUserAnswer,
    OwnersNoSessionAnswer,
    OwnersOwnerAnswer,
    OwnersOwnerDeletedAnswer,
    OwnersOwnToken,
    OwnersSessionAnswer,
    OwnersSignedInWithEmailAnswer,
    OwnersToken,
    OwnersUserAnswer,
    OwnersUserChange,
    OwnersUserCredentials,
    OwnersUserUpdatedAnswer,
)
from vault_client import AuthenticatedClient as VaultSession
from vault_client import Client as VaultClient
from vault_client.api.vault import (
    vault_forgot_password,
    vault_login,
    vault_refresh_post,
    vault_register,
    vault_reset_password,
    vault_verify_email_post,
)
from vault_client.models import (
    VaultCredentials,
    VaultDone,
    VaultForgetting,
    VaultPair,
    VaultProblem,
    VaultRegistration,
    VaultReset,
    VaultVerification,
)


def appseed(url: str, mailed: Mailed) -> None:
    email, client = new_email(), AppseedClient(base_url=url)
    person = AppseedRegistration(username="Ada", email=email, password=PASSWORD)
    user_id = answered(AppseedRegisteredAnswer, appseed_register.sync(client=client, body=person)).user_id
    credentials = AppseedCredentials(email=email, password=PASSWORD)
    logged_in = answered(AppseedLoggedInAnswer, appseed_login.sync(client=client, body=credentials))
    assert (logged_in.user.id, logged_in.user.username, logged_in.user.email) == (user_id, "Ada", email)

    session = AppseedSession(base_url=url, token=logged_in.token, prefix="")
    answered(AppseedEditedAnswer, appseed_edit.sync(client=session, body=AppseedChange(username="Ada Lovelace")))
    assert answered(AppseedSessionAnswer, appseed_check_session.sync(client=session)).success
    assert answered(AppseedLoggedOutAnswer, appseed_logout.sync(client=session)).success

    assert not answered(AppseedSessionAnswer, appseed_check_session.sync(client=session)).success
    refused = answered(AppseedRefusal, appseed_edit.sync(client=session, body=AppseedChange(username="Eve")))
    assert refused.to_dict() == {"success": False, "msg": "User is not logged on"}


def vault(url: str, mailed: Mailed) -> None:
    email, client = new_email(), VaultClient(base_url=url)
    person = VaultRegistration(email=email, password=PASSWORD, name="Ada")
    answered(VaultPair, vault_register.sync(client=client, body=person))
    proof = VaultVerification(token=mailed(email, "/api/verify-email/"))
    answered(VaultPair, vault_verify_email_post.sync(client=client, body=proof))
    pair = answered(VaultPair, vault_login.sync(client=client, body=VaultCredentials(email=email, password=PASSWORD)))
    session = VaultSession(base_url=url, token=pair.user_token)
    answered(VaultPair, vault_refresh_post.sync(client=session))

    answered(VaultDone, vault_forgot_password.sync(client=client, body=VaultForgetting(email=email)))
    reset = VaultReset(token=mailed(email, "/api/reset-password?token="), new_password="another good passphrase")
    answered(VaultDone, vault_reset_password.sync(client=client, body=reset))

    assert answered(VaultProblem, vault_refresh_post.sync(client=session)).status == 401
    old = VaultCredentials(email=email, password=PASSWORD)
    assert answered(VaultProblem, vault_login.sync(client=client, body=old)).status == 401


def mobile(url: str, mailed: Mailed) -> None:
    email, client = new_email(), MobileClient(base_url=url)
    person = MobileRegistration(
        first_name="Ada", last_name="Lovelace", gender="female", contact_no="0401234567", age=36, email=email, password=PASSWORD
    )
    answered(MobileSignedUpAnswer, mobile_sign_up.sync(client=client, body=person))
    credentials = MobileCredentials(email=email, password=PASSWORD)
    logged_in = answered(MobileLoggedInAnswer, mobile_login.sync(client=client, body=credentials))

    session = MobileSession(base_url=url, token=logged_in.token, auth_header_name="token", prefix="")
    answered(MobileUpdatedAnswer, mobile_update.sync(client=session, body={"firstName": "Augusta"}))
    details = answered(MobileDetailsAnswer, mobile_details.sync(client=session))
    assert (details.first_name, details.age, details.email) == ("Augusta", "36", email)
    answered(MobileDeletedAnswer, mobile_delete.sync(client=session))

    refused = answered(MobileRefusal, mobile_details.sync(client=session))
    assert refused.to_dict() == {"status": 401, "message": "Invalid token"}


def owners(url: str, mailed: Mailed) -> None:
    client, email = OwnersClient(base_url=url), new_email()
    person = OwnersNewOwner(firstname="Ada", lastname="Lovelace", email=new_email(), password=PASSWORD)
    owner = answered(OwnersOwnerAnswer, owners_create_owner.sync(client=client, body=person))
    named = OwnersNewApplication(owneruuid=str(owner.uuid), appname="engine")
    key = answered(OwnersApplicationAnswer, owners_create_application.sync(client=client, body=named)).api_key
    user = OwnersNewUser(apikey=key, username="Charles", email=email, password=PASSWORD)
    answered(OwnersNewUserAnswer, owners_sign_up.sync(client=client, body=user))
    credentials = OwnersUserCredentials(apikey=key, email=email, password=PASSWORD)
    signed_in = answered(OwnersSignedInWithEmailAnswer, owners_sign_in_with_email.sync(client=client, body=credentials))
    token = answered(str, signed_in.token)

    session = OwnersSession(base_url=url, token=token)
    answered(OwnersSessionAnswer, owners_is_logged_post.sync(client=client, body=OwnersToken(token=token)))
    changed = owners_update_user.sync(client=session, body=OwnersUserChange(token=token, username="Babbage"))
    assert answered(OwnersUserUpdatedAnswer, changed).username == "Babbage"
    shown = owners_user_data.sync(client=session, body=OwnersOwnToken(token=token))
    assert answered(OwnersUserAnswer, shown).email == email

    gone = OwnersApplicationKey(apikey=key)
    answered(OwnersApplicationDeletedAnswer, owners_delete_application.sync(client=client, body=gone))
    refused = owners_user_data.sync(client=session, body=OwnersOwnToken(token=token))
    assert not answered(OwnersNoSessionAnswer, refused).auth
    ends = OwnersDeletion(deletion_token=owner.deletion_token, uuid=str(owner.uuid))
    assert answered(OwnersOwnerDeletedAnswer, owners_delete_owner.sync(client=client, body=ends)).affected_rows == 1


def notes(url: str, mailed: Mailed) -> None:
    email, client = new_email(), NotesClient(base_url=url)
    name = email.partition("@")[0]
    person = NotesRegistrationForm(username=name, password=PASSWORD, email=email)
    answered(NotesSignedUpAnswer, notes_sign_up.sync(client=client, body=person))
    credentials = NotesCredentialsForm(username=name, password=PASSWORD)
    assert answered(NotesRefusal, notes_login.sync(client=client, body=credentials))  # the address is not verified yet
    answered(NotesVerifiedAnswer, notes_verify.sync(client=client, token=mailed(email, "/auth/verify?token=")))
    tokens = answered(NotesLoggedInAnswer, notes_login.sync(client=client, body=credentials)).tokens

    session = NotesSession(base_url=url, token=tokens.access_token)
    assert answered(NotesCurrentAnswer, notes_current.sync(client=session)).username == name
    renewal = NotesRenewalForm(refresh_token=tokens.refresh_token)
    renewed = answered(NotesRefreshedAnswer, notes_refresh.sync(client=client, body=renewal)).tokens
    session = NotesSession(base_url=url, token=renewed.access_token)
    assert answered(NotesCurrentAnswer, notes_current.sync(client=session)).username == name

    stranger = NotesSession(base_url=url, token=tokens.refresh_token)
    assert answered(NotesRefusal, notes_current.sync(client=stranger)).error == "Expired token"


if __name__ == "__main__":
    go({"appseed": appseed, "vault": vault, "mobile": mobile, "owners": owners, "notes": notes})
