"""Texts of sheets and config that must not enter a study: unseen characters, markup, lost letters, personal data."""

import re
import unicodedata

from immunoassay.problems import UNSEEN

LONGEST = 2000  # characters of one cell; a remark is shorter, a pasted document is not
# Spaces other than the plain one: they make two equal-looking names different.
SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
MARKUP = re.compile(
    r"</?[a-z!?][^<>]*>|<!--|<\s*(?:script|iframe|img|svg|object|embed|style|link|meta)\b", re.IGNORECASE
)

# Parts of column names, letters only and without accents, in the languages of the sites.
PRIVATE_PARTS = (
    *("birth", "geburt", "naissance", "nacimiento", "nascita", "nascimento", "geboorte", "fodsels", "urodzenia"),
    *("firstname", "lastname", "middlename", "forename", "surname", "familyname", "givenname", "maidenname"),
    *("patientname", "patientsname", "subjectname", "participantname", "fullname", "nameofpatient", "nameofsubject"),
    *("vorname", "nachname", "familienname", "patientenname", "prenom", "nomdefamille", "nomdupatient"),
    *("apellido", "nombredelpaciente", "cognome", "sobrenome", "voornaam", "achternaam", "fornavn", "efternavn"),
    *("fornamn", "efternamn", "etternavn", "nazwisko"),
    *("recordn", "medicalrecord", "hospitaln", "hospitalid", "nhsn", "insurancen", "socialsecurity", "patientennummer"),
    *("fallnummer", "krankenakte", "versichert", "dossiern", "numerodedossier", "dossiermedical", "securitesociale"),
    *("historiaclinica", "cartellaclinica", "codicefiscale", "prontuario", "personnummer", "patientnummer"),
    *("emailaddress", "homeaddress", "streetaddress", "postaladdress", "telephone", "telefon", "phonenumber"),
)
PRIVATE_NAMES = {
    *("name", "names", "patient", "initials", "dob", "dateofb", "mrn", "ssn", "nhs", "nir", "nhc", "dni", "bsn", "cpr"),
    *("cpf", "pesel", "geb", "gebdat", "gebdatum", "nom", "nombre", "nome", "naam", "navn", "namn", "imie", "imiona"),
    *("address", "adresse", "anschrift", "direccion", "indirizzo", "endereco", "adres", "phone", "mobile", "mail"),
    *("email", "courriel", "correo", "postcode", "zip", "zipcode", "plz", "recordid", "recordno", "aktenzeichen"),
    *("氏名", "名前", "生年月日", "姓名", "出生日期", "病历号", "病歷號", "имя", "фамилия", "датарождения"),
}
PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}"), "an e-mail address"),
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), "a social security number"),
    (re.compile(r"\b(?:MRN|SSN|NHS|NHC|DNI|BSN|PESEL|CPF)\b[\s:.#=]*\d{4,}", re.IGNORECASE), "a record number"),
    (
        re.compile(
            r"\b(?:DOB|D\.O\.B\.|date of birth|born(?: on)?|geb(?:oren)?\.?(?: am)?|n[ée]e? le|nacid[oa](?: el)?|nat[oa] il)"
            r"[\s:.*=]*\d{1,4}[-./ ]",
            re.IGNORECASE,
        ),
        "a date of birth",
    ),
    (re.compile(r"\b(?:Mr|Mrs|Ms|Herr|Frau|Mme|Mlle|Se[nñ]ora?|Sig\.ra|Signora?)\.? +[A-ZÀ-Þ][a-zß-ÿ]+"), "a name"),
)
_NAME = r"[A-ZÀ-Þ](?:['’][A-ZÀ-Þ])?[a-zß-ÿ]+(?:[-'’][A-ZÀ-Þ]?[a-zß-ÿ]+)*"  # Muster, Muster-Meier, O'Brien
FULL_NAME = re.compile(rf"{_NAME}(?:, ?| )(?:[A-ZÀ-Þ]\.? )?{_NAME}")
DATE_IN_CODE = re.compile(r"(?<!\d)(?:19|20)\d\d[-._/](?:0[1-9]|1[0-2])[-._/](?:0[1-9]|[12]\d|3[01])(?!\d)")
# What a spreadsheet shows where a formula failed, in any language: #DIV/0!, #VALUE!, #WERT!, #¿NOMBRE?, #N/A, #NV.
ERROR_CELL = re.compile(r"#[¡¿]?[A-ZÀ-ÖØ-Þ/0]+[!?]|#N/[A-Z]|#NV")


def fault(text: str) -> tuple[str, str, str, str] | None:
    """(code, found, why, fix) of a text that no cell may hold, or None."""
    if ERROR_CELL.fullmatch(text):
        return "E-XLS-025", f'the cell shows "{text}"', "a formula failed here", "repair the formula, or type the value"
    if text.isascii() and text.isprintable() and len(text) <= LONGEST and "<" not in text:
        return None
    if match := UNSEEN.search(text):
        control = unicodedata.category(match[0]) in ("Cc", "Cs")
        kind = f"a control character (U+{ord(match[0]):04X})" if control else f"the unseen character {_named(match[0])}"
        why = "it is not shown on a screen, or changes what is shown; equal-looking texts would differ"
        return "E-TXT-001" if control else "E-ID-045", f'"{text[:80]}" holds {kind}', why, "type the text again"
    if match := SPACES.search(text):
        found, why = f'"{text[:80]}" holds the special space {_named(match[0])}', "equal-looking names would differ"
        return "E-ID-045", found, why, "type a plain space, or none"
    if "\ufffd" in text or (guess := _mojibake(text)):
        meant = "a letter was lost" if "\ufffd" in text else f'probably "{guess[:80]}" was meant'
        why = "the sheet was once saved in another encoding; units and names cannot be trusted"
        return "E-FILE-012", f'"{text[:80]}": {meant}', why, "type it again and save the sheet as UTF-8"
    if MARKUP.search(text):
        found = f'"{text[:80]}" holds markup of a web page'
        return "E-TXT-003", found, "a report could obey it instead of showing it", "write plain text without < and >"
    if len(text) > LONGEST:
        found = f'{len(text):,} characters, beginning with "{text[:40]}"'
        return "E-TXT-002", found, f"a cell holds at most {LONGEST:,}", "shorten it; look for a lost quote or delimiter"
    return None


def private_column(name: str) -> bool:
    """Whether a column name speaks of names, birth dates, record numbers or addresses of persons."""
    folded = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ł", "l").casefold())
    folded = "".join(character for character in folded if character.isalpha())
    return folded in PRIVATE_NAMES or any(part in folded for part in PRIVATE_PARTS)


def personal(text: str, code: bool = False) -> str | None:
    """What personal data a text seems to hold ("a date of birth"), or None; `code`: where a study code belongs."""
    if code and FULL_NAME.fullmatch(text):
        return "a name"
    if code and DATE_IN_CODE.search(text):
        return "a date, perhaps of birth"
    return next((what for pattern, what in PERSONAL if pattern.search(text)), None)


def foreign_letter(text: str) -> str | None:
    """The name of the first letter of a text that is not Latin, None when there is none."""
    letters = (each for each in text if each.isalpha() and not each.isascii())
    return next((_named(each) for each in letters if not unicodedata.name(each, "").startswith("LATIN")), None)


def _named(character):
    return f"{unicodedata.name(character, 'without a name')} (U+{ord(character):04X})"


def _mojibake(text):
    """The text that was meant where UTF-8 was once read as Windows-1252 or Latin-1 (`Âµg` for `µg`), or None."""
    for encoding in ("cp1252", "latin-1"):
        try:
            meant = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if meant != text:
            return meant
    return None
