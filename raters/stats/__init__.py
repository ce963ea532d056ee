"""Statistics kernels: numpy in, frozen dataclasses out. No Django, no clock, no global randomness.

types, weights              the values the kernels take and return
alpha, gwet, conger, cohen  coefficients of agreement; `agreement` reports them all, `registry` lists their laws
resampling, bootstrap, intervals   uncertainty
consensus, confusion, references, scorecard, leave_one_out   labelers against raters
paired, multiplicity        two labelers on the same items; several tests at once
contests, alt_test, alt_test_power   a model in a rater's place
prevalence, rectified, prevalence_report   how frequent something is
planning                    items, ratings and hours before rating starts
registry_inference          the laws of tests, prevalence and plans
fidelity                    probabilities against probabilities
"""
