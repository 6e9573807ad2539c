// Prints what aws-iam-authenticator itself reads: a ConfigMap's data as JSON per line in, its mappings as JSON per line out.
//
//	go mod tidy && go build -o PROGRAM . && python -m tests.cluster.aws_auth.record PROGRAM
package main

import (
	"encoding/json"
	"io"
	"os"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

func main() {
	logrus.SetOutput(io.Discard)
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var data map[string]string
		if in.Decode(&data) != nil {
			return
		}
		users, roles, accounts, _ := configmap.ParseMap(data)
		_ = out.Encode(map[string]any{"users": users, "roles": roles, "accounts": accounts})
	}
}
