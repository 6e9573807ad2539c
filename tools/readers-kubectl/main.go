// Command kubectl-env-reader tells what `kubectl create secret generic --from-env-file` reads. Only the exhaustive tests use it: it takes
// minutes to build, since kubectl's parser stands in a package that imports half of Kubernetes.
//
//	kubectl-env-reader kubectl
//
// The paths come on stdin, one a line; the answers are those of dotenv-readers (../readers/main.go).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

type result struct {
	File   string            `json:"file"`
	Parser string            `json:"parser"`
	Values map[string]string `json:"values"`
	Error  string            `json:"error,omitempty"`
}

func read(path string) result {
	answer := result{File: path, Parser: "kubectl", Values: map[string]string{}}
	err := cmdutil.AddFromEnvFile(path, func(key, value string) error {
		// As addKeyFromLiteralToSecret of pkg/cmd/create does.
		if _, there := answer.Values[key]; there {
			return fmt.Errorf("cannot add key %s, another key by that name already exists", key)
		}
		answer.Values[key] = value
		return nil
	})
	if err != nil {
		answer.Values, answer.Error = nil, err.Error()
	}
	return answer
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := encoder.Encode(read(lines.Text())); err != nil {
			fmt.Fprintln(os.Stderr, "kubectl-env-reader:", err)
			os.Exit(1)
		}
	}
}
