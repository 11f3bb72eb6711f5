"""All families of plate readers and MSD together: no wrong format and no damage is a crash."""

import pytest
from immunoassay.readers import open_export, recognition, registry
from immunoassay.readers.declared import BASES
from immunoassay.readers.export import NotReadable

FAMILY_OF = {
    "msd_workbench": "msd_table",
    "msd_methodical_mind_txt": "msd_plate",
    "softmax_pro": "softmax",
    "gen5": "gen5",
    "gen5_column_list": "gen5",
    "plate_grid_xls": "grid",
    "skanit": "skanit",
    "magellan": "magellan",
    "magellan_matrix": "magellan",
    "bmg_mars": "bmg_mars",
    "bmg_smart_control": "bmg_smart_control",
    "envision": "envision",
    "kaleido": "kaleido",
}
OURS = set(FAMILY_OF.values())


def real_files(shared):
    return [path for path in sorted((shared / "real_exports").glob("*/*")) if path.is_file()]


@pytest.mark.parametrize("folder", [folder for folder in FAMILY_OF if folder not in ("msd_workbench",)])
def test_a_wrong_format_is_a_reading_or_a_refusal(shared, folder):
    sources = [open_export.open_file(path) for path in real_files(shared) if path.parent.name == folder][:3]
    for family in recognition.families().values():
        if family.FAMILY in OURS:
            for source in sources:
                try:
                    family.read(source)
                except NotReadable as error:
                    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "folder", ["gen5", "softmax_pro", "msd_methodical_mind_txt", "bmg_mars", "envision", "kaleido"]
)
def test_a_cut_file_is_a_reading_or_a_refusal(shared, tmp_path, folder):
    for path in [path for path in real_files(shared) if path.parent.name == folder]:
        data = path.read_bytes()
        for part in (0.1, 0.35, 0.6, 0.85):
            cut = tmp_path / "cut.txt"
            cut.write_bytes(data[: int(len(data) * part) // 2 * 2])
            try:
                export = recognition.read(cut)
            except NotReadable as error:
                assert "\n" not in str(error)
            else:
                assert all(plate.wells["vendor_flag"].notna().all() for plate in export.plates)
                assert not any(plate.wells.duplicated(["well", "analyte"]).any() for plate in export.plates)


OF_PLATES = [name for name in recognition.families() if not registry.is_delivery(name)]


@pytest.mark.parametrize("name", OF_PLATES)
def test_every_family_declares_what_it_reads(name):
    for each in recognition.families()[name].DECLARED:
        assert each.basis in BASES and all((each.software, each.form, each.read, each.refused, each.export))
        assert not any(text.endswith(".") for text in (each.form, each.read, each.refused, each.export))
