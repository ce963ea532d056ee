"""Statistics kernels: numpy in, frozen dataclasses out. No Django, no clock, no global randomness.

types, weights              the values the kernels take and return
alpha, gwet, conger, cohen  coefficients of agreement; `agreement` reports them all, `registry` lists their laws
resampling, bootstrap, intervals   uncertainty
consensus, confusion, references, scorecard, leave_one_out   labelers against raters
fidelity                    probabilities against probabilities
"""
