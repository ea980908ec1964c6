"""riskstrat: who is most at risk of an unplanned admission, and whom should the MDT see?"""

__version__ = "0.1.0"
