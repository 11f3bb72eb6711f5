"""What the headings of a laboratory's lists say, in English, German, French and Spanish."""

import re
import unicodedata
from functools import lru_cache

EXACT, PART = 2, 1  # the heading is such a word, or holds one

_WORDS = {  # whole headings, and what they may hold; without accents, words parted by spaces
    "run": """
        run, run file, run id, run name, file, file name, filename, export, export file, data file, assay run, datei,
        dateiname, lauf, messdatei, messung, fichier, nom du fichier, archivo, fichero, corrida
    """,
    "plate": """
        plate, plate id, plate name, plate barcode, platte, plattenname, platten id, mtp, plaque, placa
    """,
    "well": """
        well, well position, well id, vertiefung, kavitat, puits, pozo, pocillo, position on plate, well location
    """,
    "label": """
        label, label on plate, plate label, sample, sample name, sample label, name on plate, name in export, written on
        plate, well name, probe, probenname, probenbezeichnung, bezeichnung, beschriftung, etikett, echantillon, nom de l
        echantillon, etiquette, muestra, etiqueta, nombre de la muestra, nombre de muestra
    """,
    "tube": """
        barcode, bar code, tube, tube id, tube barcode, sample id, sampleid, sample number, sample no, sample barcode,
        specimen id, aliquot, aliquot id, vial, lims id, lab id, accession, freezer id, biobank id, probennummer, proben nr,
        proben id, probenid, strichcode, rohrchen, rohrchen id, code barre, code barres, code a barres, numero d
        echantillon, tubo, codigo de barras, id muestra, id de muestra, numero de muestra
    """,
    "participant": """
        subject, subject id, subjectid, subj, subj id, usubjid, pat, pat id, ptid, pt, patient code,
        subject code, patient, patient id, patientid, participant, participant id, proband, probanden id,
        probandennummer, patienten id, patientencode, teilnehmer, teilnehmer id, sujet, participante, sujeto, paciente, id
        paciente, code patient, volunteer, donor, donor id, spender, donneur, donante, study id, pid, individual, person,
        animal, animal id
    """,
    "visit": """
        visit, visit name, visit id, timepoint, time point, time, event, study day, study week, day, week, month, visite,
        zeitpunkt, besuch, termin, studientag, tag, woche, temps, jour, semaine, moment, visita, tiempo, momento, dia,
        semana
    """,
    "date": """
        date, collected, collection date, date of collection, date collected, sampling date, sample date, draw date, date
        drawn, drawn, blood draw, visit date, datum, entnahme, entnahmedatum, abnahme, abnahmedatum, blutentnahme,
        probenentnahme, probendatum, date de prelevement, prelevement, date du prelevement, fecha, fecha de extraccion,
        fecha de toma, extraccion, fecha de muestra
    """,
    "specimen": """
        specimen, specimen type, material, matrix, sample type, type of sample, probenmaterial, probenart, materialart,
        matrice, type d echantillon, nature, tipo de muestra, matriz, tipo
    """,
    "freeze_thaw": """
        thaw, thaws, thawed, freeze thaw, freeze thaws, freeze thaw cycles, thaw cycles, ft, ft cycles, f t cycles,
        auftauzyklen, auftauungen, auftau, gefrier tau zyklen, decongelations, decongelation, cycles de congelation, cycles
        de decongelation, ciclos de congelacion, ciclos de descongelacion, descongelaciones, descongelacion
    """,
    "comment": """
        comment, comments, remark, remarks, note, notes, bemerkung, bemerkungen, kommentar, anmerkung, commentaire,
        commentaires, remarque, remarques, comentario, comentarios, observaciones, notas
    """,
    "group": """
        group, arm, study arm, study group, cohort, diagnosis, disease, gruppe, studienarm, kohorte, diagnose, groupe, bras,
        cohorte, diagnostic, grupo, brazo, diagnostico
    """,
    "sex": """
        sex, gender, geschlecht, sexe, genre, sexo, genero
    """,
    "age": """
        age, age at enrolment, age years, alter, alter jahre, edad
    """,
    "score": """
        score, scale, test, instrument, questionnaire, skala, fragebogen, echelle, escala, parameter, item
    """,
    "value": """
        value, result, points, total, wert, ergebnis, punkte, valeur, resultat, valor, resultado, puntos
    """,
}
_WHOLE = {role: frozenset(" ".join(each.split()) for each in words.split(",")) for role, words in _WORDS.items()}
_OTHER_DATES = re.compile(
    r"receiv|recept|arriv|eingang|frozen|freez|einfrier|gefror|congel|run|assay|measur|mess|analys|ship|versand|envi|print|entered|erfass|"
    r"thaw|auftau|expir|verfall|birth"
)
_NEUTRAL = {"id", "no", "nr", "number", "num", "code", "nummer", "numero", "the", "of", "de", "la", "le", "du", "study"}


@lru_cache(maxsize=1024)
def words_of(heading: str) -> str:
    """A heading in small letters without accents and signs, words parted by one space; `SampleID` is `sample id`."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading.replace("ß", "ss"))
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", parted.casefold()) if not unicodedata.combining(each)
    )
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def says(role: str, heading: str) -> int:
    """How much a heading speaks of a role: EXACT, PART or 0."""
    words = words_of(heading)
    bare = " ".join(word for word in words.split() if word not in _NEUTRAL)
    if words in _WHOLE[role] or (bare and bare in _WHOLE[role]):
        return EXACT
    return PART if any(f" {each} " in f" {words} " for each in _WHOLE[role]) else 0


def is_other_date(heading: str) -> bool:
    """Whether a heading of dates speaks of another day than that of the collection (receipt, freezing, run ...)."""
    return _OTHER_DATES.search(words_of(heading)) is not None


def without_roles(heading: str, roles: tuple[str, ...]) -> str:
    """A heading without the words of some roles: `Barcode Week 12` is `Week 12`."""
    known = {word for role in roles for phrase in _WHOLE[role] if " " not in phrase for word in [phrase]} | {
        "id",
        "no",
        "nr",
    }
    kept = [each for each in re.split(r"[\s_|:,;()\[\]–-]+", heading) if each and words_of(each) not in known]
    return " ".join(kept)
