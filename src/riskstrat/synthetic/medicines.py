"""Medicines by condition: BNF codes, names and the share of patients who take them."""

from typing import NamedTuple


class Medicine(NamedTuple):
    """Medicine, and the share of patients with each condition who take it."""

    substance: str
    name: str
    share: dict[str, float]

    @property
    def code(self) -> str:
        """The 15-character BNF code of a generic presentation."""
        return f"{self.substance}AAABAB"


_REPEATS = """
0205051R0 Ramipril 5mg capsules: hypertension 0.4, heart_failure 0.6, myocardial_infarction 0.5
0206020A0 Amlodipine 5mg tablets: hypertension 0.4
0202010B0 Bendroflumethiazide 2.5mg tablets: hypertension 0.2
0212000B0 Atorvastatin 20mg tablets: diabetes 0.6, coronary_heart_disease 0.7, stroke 0.6, tia 0.5, \
peripheral_arterial_disease 0.6, hypertension 0.2
0209000A0 Aspirin 75mg dispersible tablets: coronary_heart_disease 0.6
0209000C0 Clopidogrel 75mg tablets: stroke 0.6, tia 0.6, peripheral_arterial_disease 0.6
0204000H0 Bisoprolol 2.5mg tablets: coronary_heart_disease 0.4, heart_failure 0.7, atrial_fibrillation 0.6
0202020L0 Furosemide 40mg tablets: heart_failure 0.75, chronic_kidney_disease 0.1
0202030S0 Spironolactone 25mg tablets: heart_failure 0.3, chronic_liver_disease 0.2
0206010K0 Isosorbide mononitrate 60mg tablets: coronary_heart_disease 0.2
0208020V0 Warfarin 1mg tablets: atrial_fibrillation 0.2
0208020Z0 Apixaban 5mg tablets: atrial_fibrillation 0.6
0601022B0 Metformin 500mg tablets: diabetes 0.7
0601021M0 Gliclazide 80mg tablets: diabetes 0.25
0601023AN Empagliflozin 10mg tablets: diabetes 0.2, heart_failure 0.2
0301011R0 Salbutamol 100micrograms inhaler: asthma 0.6, copd 0.85
0302000C0 Beclometasone 100micrograms inhaler: asthma 0.5, copd 0.4
0301020Q0 Tiotropium 18microgram inhalation powder: copd 0.5
0307000J0 Carbocisteine 375mg capsules: copd 0.3
0403030Q0 Sertraline 50mg tablets: depression 0.35, anxiety 0.2
0403030D0 Citalopram 20mg tablets: depression 0.2, anxiety 0.1
0403040X0 Mirtazapine 15mg tablets: depression 0.15
0402010AB Quetiapine 100mg tablets: severe_mental_illness 0.5
040201060 Olanzapine 10mg tablets: severe_mental_illness 0.4
0408010H0 Lamotrigine 100mg tablets: epilepsy 0.5
0408010A0 Levetiracetam 500mg tablets: epilepsy 0.5
1001030U0 Methotrexate 2.5mg tablets: rheumatoid_arthritis 0.6
0606020A0 Alendronic acid 70mg tablets: osteoporosis 0.6
0602010V0 Levothyroxine sodium 50microgram tablets: hypothyroidism 0.95
0409010K0 Co-beneldopa 25mg/100mg capsules: parkinsons_disease 0.8
0411000D0 Donepezil 10mg tablets: dementia 0.4
0411000G0 Memantine 10mg tablets: dementia 0.25
0106040M0 Macrogol compound oral powder sachets: palliative_care 0.5, care_home 0.4, symptoms 0.06
0407020Q0 Morphine 10mg modified-release tablets: palliative_care 0.6
0407010H0 Paracetamol 500mg tablets: symptoms 0.25, care_home 0.4, falls 0.2
0407010F0 Co-codamol 30mg/500mg tablets: symptoms 0.15
0403010B0 Amitriptyline 10mg tablets: symptoms 0.12
0408010G0 Gabapentin 300mg capsules: symptoms 0.08
0103050P0 Omeprazole 20mg capsules: symptoms 0.35, coronary_heart_disease 0.3, rheumatoid_arthritis 0.4
0103050L0 Lansoprazole 30mg capsules: symptoms 0.2
"""

_COURSES = """
0501013B0 Amoxicillin 500mg capsules
0501030I0 Doxycycline 100mg capsules
0501130R0 Nitrofurantoin 100mg capsules
0603020T0 Prednisolone 5mg tablets
"""


def _read_medicines(table: str) -> tuple[Medicine, ...]:
    """Read a table of medicines: code of the substance, name, and the conditions with their shares."""
    found = []
    for line in table.strip().splitlines():
        medicine, _, shares = line.partition(": ")
        substance, name = medicine.split(" ", 1)
        pairs = (pair.split() for pair in shares.split(", ") if pair)
        found.append(Medicine(substance, name, {condition: float(share) for condition, share in pairs}))
    return tuple(found)


REPEATS, COURSES = _read_medicines(_REPEATS), _read_medicines(_COURSES)
