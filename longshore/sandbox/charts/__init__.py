"""Charts that stand in for the publishers' own in the sandbox's registry: the same names and versions, and what can be seen of them in a cluster
(workloads, Services, classes, labels), but not their templates.
"""
