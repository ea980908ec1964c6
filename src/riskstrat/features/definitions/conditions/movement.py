"""Define conditions of joints, bones, muscles, connective tissue and skin.

Decision
--------
Rheumatoid arthritis is the adult disease. Hip fracture and pressure ulcer are events: they are predictors, not
long-term conditions. A pressure ulcer must be recent.

Sources: NHS England primary care domain reference sets for SNOMED CT; Kuan and others, Lancet Digital Health
2019;1:e63 for ICD-10 and Read v2; OpenSAFELY and UoM gm-sde code lists for CTV3.
"""

from riskstrat.features.families.coded import Condition

MOVEMENT_AND_SKIN = (
    Condition(
        name="rheumatoid_arthritis",
        icd10="M05 M06",
        snomed="69896004 239791005 239792003 308143008 287006005 201791009 57160007",
        readv2="N040 N041 N042 N047 N04X",
        ctv3="N040 XE1DU X701h X701i X701j XaBMO",
        source="PCD rheumatoid arthritis disorders; Kuan 2019",
    ),
    Condition(
        name="connective_tissue_disease",
        label="connective tissue disease or vasculitis",
        icd10="M30 M310 M311 M312 M313 M314 M317 M32 M33 M34 M350 M351",
        snomed="55464009 89155008 83901003 31384009 396230008 31996006",
        readv2="N000 N001 N002 N003 N004",
        ctv3="N000 N000z",
        source="UoM gm-sde sle, vasculitis; Kuan 2019",
    ),
    Condition(
        name="polymyalgia_rheumatica",
        label="polymyalgia rheumatica or giant cell arteritis",
        icd10="M315 M316 M353",
        snomed="65323003 239938009",
        readv2="N20 G755",
        source="PCD polymyalgia rheumatica codes; Kuan 2019",
    ),
    Condition(
        name="osteoarthritis",
        icd10="M15 M16 M17 M18 M19",
        snomed="396275006 239872002 239873007 201826000",
        readv2="N05",
        ctv3="N05 N05zJ N05zL",
        source="UoM gm-sde osteoarthritis; Kuan 2019",
    ),
    Condition(
        name="osteoporosis",
        icd10="M80 M81 M82",
        snomed="64859006 102447009 18040001 276661002 390833005 240198002 203453001",
        readv2="N330 N3312 N3313 N3315 N3316 N3318 N3319 N331A N331B N331H N331J N331K N331L N331M NyuB0 NyuB1",
        ctv3="N330 N3302 N3303 N3304 Xa0AZ X70Av XaD4I",
        source="QOF OSTEO_COD; Kuan 2019",
    ),
    Condition(
        name="gout",
        icd10="M10",
        snomed="90560007 48440001 190828008",
        readv2="C34",
        source="UoM gm-sde gout; Kuan 2019",
    ),
    Condition(
        name="psoriasis",
        icd10="L40 M070 M071 M072 M073",
        snomed="9014002 33339001 156370009 200965009 238600001",
        readv2="M160 M161 M16y",
        source="PCD adult and child psoriasis codes; Kuan 2019",
    ),
    Condition(
        name="chronic_pain",
        label="chronic pain or fibromyalgia",
        icd10="M797 R521 R522",
        snomed="82423001 203082005",
        readv2="1M52 N239 N248",
        source="UoM gm-sde chronic-pain, fibromyalgia; Kuan 2019",
    ),
    Condition(
        name="hip_fracture",
        icd10="S720 S721 S722",
        snomed="5913000 263225007",
        readv2="S30 14G7",
        long_term=False,
        source="UoM gm-sde fracture; Kuan 2019",
    ),
    Condition(
        name="pressure_ulcer",
        icd10="L89",
        snomed="399912005 400192002 225562005 225561003 225563000",
        readv2="M270",
        months=12,
        long_term=False,
        source="eFI skin ulcer deficit",
    ),
)
